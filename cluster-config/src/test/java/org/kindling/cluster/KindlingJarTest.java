package org.kindling.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The jar that a cluster is given; runs in the phase in which the build has made it. */
class KindlingJarTest {
  private static final Path JAR = Path.of("../spark-jobs/target/kindling.jar");
  private static final long MOST_BYTES = 300L << 20;

  private static List<String> names;

  @BeforeAll
  static void readNames() throws IOException {
    assertThat(JAR).as("made by ./mvnw package").exists();
    try (JarFile jar = new JarFile(JAR.toFile())) {
      names = jar.stream().map(JarEntry::getName).toList();
    }
  }

  /** The cluster's own are used: a second copy of another version breaks jobs in odd ways. */
  @Test
  void carriesNothingThatTheClusterBrings() {
    assertThat(names)
        .filteredOn(name -> name.endsWith(".class"))
        .contains("org/kindling/spark/Kindling.class")
        .noneMatch(
            name ->
                name.startsWith("org/apache/spark/")
                    || name.startsWith("org/apache/hadoop/")
                    || name.startsWith("scala/")
                    || name.startsWith("org/slf4j/")
                    || name.startsWith("io/netty/"));
  }

  @Test
  void isSmallEnoughToBeSentToExecutors() throws IOException {
    assertThat(Files.size(JAR)).isLessThan(MOST_BYTES);
  }
}
