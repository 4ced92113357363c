package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CorpusJobTest {
  @TempDir Path directory;
  private Path output;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void writeJars() throws IOException {
    output = directory.resolve("sources");
    try (ZipOutputStream jar = jar("one-1.0-sources.jar")) {
      put(jar, "org/one/A.java", "class A {}".getBytes(StandardCharsets.UTF_8));
      put(jar, "org/one/B.scala", "object B".getBytes(StandardCharsets.UTF_8));
      put(jar, "org/one/Latin.java", new byte[] {'/', '/', (byte) 0xe9});
      put(jar, "../../escape.java", "class Escape {}".getBytes(StandardCharsets.UTF_8));
      put(jar, "META-INF/MANIFEST.MF", "x".getBytes(StandardCharsets.UTF_8));
      put(jar, "org/one/Empty.java", new byte[0]);
    }
    try (ZipOutputStream jar = jar("two-2.0.jar")) {
      put(jar, "No.java", "class No {}".getBytes(StandardCharsets.UTF_8));
    }
  }

  private ZipOutputStream jar(String name) throws IOException {
    Files.createDirectories(directory.resolve("jars"));
    return new ZipOutputStream(Files.newOutputStream(directory.resolve("jars").resolve(name)));
  }

  private static void put(ZipOutputStream jar, String name, byte[] content) throws IOException {
    jar.putNextEntry(new ZipEntry(name));
    jar.write(content);
  }

  private int unpack(Path to) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line = new CommandLine(new CorpusJob());
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    line.setExecutionExceptionHandler(
        (e, command, parsed) -> {
          command.getErr().print(e.getMessage());
          return e instanceof IllegalArgumentException ? 2 : 1;
        });
    return line.execute(
        "unpack", "--jars", directory.resolve("jars").toString(), "--output", to.toString());
  }

  @Test
  void unpacksSourcesAndNothingElse() throws IOException {
    assertThat(unpack(output)).isZero();
    assertThat(out.toString()).contains("2 files, 0.0 MB, 2 files skipped");
    assertThat(Files.readString(output.resolve("one-1.0/org/one/A.java"))).isEqualTo("class A {}");
    assertThat(output.resolve("one-1.0/org/one").toFile().list())
        .containsExactlyInAnyOrder("A.java", "B.scala");
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("jars", "sources");
  }

  @Test
  void doesItOnceForTheSameJars() throws IOException {
    unpack(output);
    Files.writeString(output.resolve("one-1.0/org/one/A.java"), "touched");
    assertThat(unpack(output)).isZero();
    assertThat(out.toString()).contains("unpacked before");
    assertThat(output.resolve("one-1.0/org/one/A.java")).hasContent("touched");
    try (ZipOutputStream jar = jar("three-sources.jar")) {
      put(jar, "C.java", "class C {}".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(unpack(output)).isZero();
    assertThat(out.toString()).contains("3 files");
    assertThat(output.resolve("one-1.0/org/one/A.java")).hasContent("class A {}");
    assertThat(output.resolve("three/C.java")).exists();
  }

  @Test
  void refusesOthersDirectoriesAndMissingOrBrokenJars() throws IOException {
    Files.createDirectories(output);
    Files.writeString(output.resolve("thesis.txt"), "mine");
    assertThat(unpack(output)).isEqualTo(2);
    assertThat(err.toString()).contains("did not write (first: thesis.txt)");
    assertThat(output.toFile().list()).containsExactly("thesis.txt");
    Path jar = directory.resolve("jars/one-1.0-sources.jar");
    byte[] whole = Files.readAllBytes(jar);
    Files.write(jar, java.util.Arrays.copyOf(whole, 60));
    assertThat(unpack(directory.resolve("other"))).isEqualTo(1);
    assertThat(err.toString()).contains("one-1.0-sources.jar");
    Files.delete(jar);
    assertThat(unpack(directory.resolve("other"))).isEqualTo(2);
    assertThat(err.toString()).contains("holds no *-sources.jar files");
    assertThat(directory.toFile().list()).containsExactlyInAnyOrder("jars", "sources");
  }
}
