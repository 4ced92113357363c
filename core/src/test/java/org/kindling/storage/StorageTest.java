package org.kindling.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageTest {
  @TempDir Path directory;
  private final Storage storage = Storage.standard();

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(directory.resolve(name).toUri());
  }

  @Test
  void fileIsInvisibleUntilCommitted() throws IOException {
    try (CommittedOutput out = storage.create(path("a"))) {
      out.write("text".getBytes(StandardCharsets.UTF_8));
      assertThat(directory.resolve("a")).doesNotExist();
      out.commit();
    }
    assertThat(directory.resolve("a")).hasContent("text");
  }

  @Test
  void abandonedFileLeavesNothing() throws IOException {
    try (CommittedOutput out = storage.create(path("a"))) {
      out.write(1);
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void commitReplacesAndLeavesNoOtherFiles() throws IOException {
    storage.writeText(path("a"), "old");
    storage.writeText(path("a"), "new");
    assertThat(directory.resolve("a")).hasContent("new");
    assertThat(Files.list(directory)).hasSize(1);
  }

  @Test
  void checksumIsCrc32c() throws IOException {
    // RFC 3720, B.4: 32 bytes of zeros have aa36918a in wire order, the number 8a9136aa.
    FileChecksum checksum = storage.write(path("zeros"), new byte[32]);
    assertThat(checksum).isEqualTo(new FileChecksum(32, "8a9136aa"));
    storage.verify(path("zeros"), checksum);
  }

  @Test
  void flippedBitAndMissingByteAreNoticed() throws IOException {
    FileChecksum checksum = storage.write(path("a"), new byte[] {1, 2, 3});
    Files.write(directory.resolve("a"), new byte[] {1, 2, 2});
    assertThatThrownBy(() -> storage.verify(path("a"), checksum))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("expected CRC-32C " + checksum.crc32c());
    Files.write(directory.resolve("a"), new byte[] {1, 2});
    assertThatThrownBy(() -> storage.verify(path("a"), checksum))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("expected 3 bytes, found 2");
  }

  @Test
  void publishRefusesAnExistingDirectory() throws IOException {
    storage.writeText(path("prepared/file"), "x");
    storage.writeText(path("target/file"), "y");
    assertThatThrownBy(() -> storage.publish(path("prepared"), path("target")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("exists already");
    assertThat(directory.resolve("target/file")).hasContent("y");
  }

  @Test
  void someoneElsesDirectoryIsNotOurs() throws IOException {
    storage.writeText(path("theirs/letter.txt"), "Dear");
    assertThatThrownBy(() -> storage.requireOurs(path("theirs"), "manifest.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds files that Kindling did not write (first: letter.txt)");
    storage.writeText(path("ours/manifest.json"), "{}");
    storage.requireOurs(path("ours"), "manifest.json");
    storage.requireOurs(path("new"), "manifest.json");
  }

  /** Hadoop knows the name of its class, and the class is in a jar of its own. */
  @Test
  void fileSystemWithoutItsJarIsNamed() {
    assertThatThrownBy(() -> storage.exists(new org.apache.hadoop.fs.Path("s3a://bucket/x")))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "s3a://bucket/x: no driver for the scheme s3a:; use file:, hdfs:, or put the driver's jar"
                + " on the class path with --packages");
  }

  @Test
  void nameNodeThatDoesNotAnswerIsNamedWithinSeconds() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    String address = "127.0.0.1:" + free;
    assertThatThrownBy(
            () -> storage.exists(new org.apache.hadoop.fs.Path("hdfs://" + address + "/x")))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "hdfs://"
                + address
                + "/x: the NameNode "
                + address
                + " does not answer (Connection refused); check that it runs, and host and port of"
                + " the path or fs.defaultFS");
  }

  @Test
  void unknownFileSystemIsNamed() {
    assertThatThrownBy(() -> storage.exists(new org.apache.hadoop.fs.Path("foo://x/y")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("foo://x/y: no driver for the scheme foo:; use file:, hdfs:, or put");
  }
}
