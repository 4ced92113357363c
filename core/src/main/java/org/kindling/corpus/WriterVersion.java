package org.kindling.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of Kindling that is running, as the build wrote it down. */
final class WriterVersion {
  private static final String CURRENT = load();

  private WriterVersion() {}

  static String current() {
    return CURRENT;
  }

  private static String load() {
    try (InputStream in = WriterVersion.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException("version.properties cannot be read; build Kindling again", e);
    }
  }
}
