package org.kindling.cluster;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;

/**
 * A template of spark-defaults.
 *
 * @param name without {@code .conf}
 */
record Template(String name) {
  private static final Path DIRECTORY = Path.of("spark-defaults");
  private static final Pattern COMMENTED = Pattern.compile("^# (spark\\.\\S+)\\s+(\\S.*)$");

  static Stream<Template> all() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .map(file -> file.getFileName().toString().replace(".conf", ""))
          .sorted()
          .map(Template::new)
          .toList()
          .stream();
    }
  }

  private Path file() {
    return DIRECTORY.resolve(name + ".conf");
  }

  /** As spark-submit reads {@code --properties-file}. */
  Properties properties() throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file())) {
      properties.load(in);
    }
    return properties;
  }

  SparkConf conf() throws IOException {
    return conf(properties());
  }

  static SparkConf conf(Map<?, ?> settings) {
    SparkConf conf = new SparkConf(false);
    settings.forEach((key, value) -> conf.set(key.toString(), value.toString().trim()));
    return conf;
  }

  /** Settings that are offered, commented out. */
  Map<String, String> offered() throws IOException {
    Map<String, String> offered = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file())) {
      Matcher matcher = COMMENTED.matcher(line);
      if (matcher.matches()) {
        offered.put(matcher.group(1), matcher.group(2));
      }
    }
    return offered;
  }

  boolean isCluster() {
    return !name.equals("local");
  }

  @Override
  public String toString() {
    return name;
  }
}
