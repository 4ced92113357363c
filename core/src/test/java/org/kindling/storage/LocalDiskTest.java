package org.kindling.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.attribute.FileTime;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalDiskTest {
  @TempDir java.nio.file.Path directory;

  @Test
  void saysOfFilesWhatHadoopSays() throws IOException {
    java.nio.file.Path file = Files.writeString(directory.resolve("a b%20ü"), "text");
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_123L));
    java.nio.file.Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    FileSystem disk = LocalDisk.open(new Configuration());
    FileSystem hadoop = hadoop();
    for (java.nio.file.Path path : new java.nio.file.Path[] {file, link, directory}) {
      assertSame(disk, hadoop, new Path(path.toString()));
    }
    assertThat(disk.listStatus(new Path(directory.toString())))
        .extracting(FileStatus::getPath)
        .containsExactlyInAnyOrder(
            new Path("file:" + file.toString()), new Path("file:" + link.toString()));
  }

  private static void assertSame(FileSystem disk, FileSystem hadoop, Path path) throws IOException {
    FileStatus status = disk.getFileStatus(path);
    FileStatus expected = hadoop.getFileStatus(path);
    assertThat(status).isEqualTo(expected);
    assertThat(status.isDirectory()).isEqualTo(expected.isDirectory());
    assertThat(status.getLen()).isEqualTo(expected.getLen());
    assertThat(status.getModificationTime()).isEqualTo(expected.getModificationTime());
    assertThat(status.getBlockSize()).isEqualTo(expected.getBlockSize());
  }

  @Test
  void missesWhatIsNotThere() throws IOException {
    java.nio.file.Path broken =
        Files.createSymbolicLink(directory.resolve("broken"), directory.resolve("gone"));
    FileSystem disk = LocalDisk.open(new Configuration());
    for (String path : new String[] {broken.toString(), directory.resolve("none").toString()}) {
      assertThatThrownBy(() -> disk.getFileStatus(new Path(path)))
          .isInstanceOf(FileNotFoundException.class)
          .hasMessageContaining(path);
    }
  }

  private static FileSystem hadoop() throws IOException {
    FileSystem hadoop = new RawLocalFileSystem();
    hadoop.initialize(URI.create("file:///"), new Configuration());
    return hadoop;
  }
}
