package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.LineFile;
import org.kindling.storage.Storage;

/** What happens to files on HDFS when the process that writes them ends in between. */
class HdfsStorageTest {
  @TempDir static java.nio.file.Path directory;
  private static SmallHdfs hdfs;

  /** A client that dies when it is about to delete something. */
  public static final class DyingClient extends DistributedFileSystem {
    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
      throw new IOException("the process is dead");
    }
  }

  @BeforeAll
  static void start() throws IOException {
    hdfs = new SmallHdfs(directory);
  }

  @AfterAll
  static void stop() {
    hdfs.close();
  }

  @Test
  void aNewerFileTakesThePlaceOfAnOlderOneInOneStep() throws IOException {
    hdfs.write("/a/file", "old");
    Configuration dying = new Configuration();
    dying.set("fs.hdfs.impl", DyingClient.class.getName());
    new Storage(dying).writeText(new Path(hdfs.path("/a/file")), "new");
    assertThat(hdfs.text("/a/file")).isEqualTo("new");
    assertThat(new Storage(new Configuration()).names(new Path(hdfs.path("/a"))))
        .containsExactly("file");
  }

  @Test
  void aFileThatCannotTakeAPlaceLeavesNothing() throws IOException {
    hdfs.write("/b/file/inner", "someone's");
    Storage storage = new Storage(new Configuration());
    try (CommittedOutput out = storage.create(new Path(hdfs.path("/b/file")))) {
      out.write("new".getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(out::commit).isInstanceOf(IOException.class);
    }
    assertThat(storage.names(new Path(hdfs.path("/b")))).containsExactly("file");
    assertThat(storage.names(new Path(hdfs.path("/b/file")))).containsExactly("inner");
  }

  @Test
  void linesAreAppended() throws IOException {
    Storage storage = new Storage(new Configuration());
    Path path = new Path(hdfs.path("/c/lines"));
    LineFile file = new LineFile(storage, path);
    file.rewrite(path, line -> true);
    file.append("a\n");
    file.append("b\n");
    assertThat(hdfs.text("/c/lines")).isEqualTo("a\nb\n");
    assertThat(storage.canAppend(path)).isTrue();
    // The driver is gone in the middle of a line, and its file still open.
    hdfs.leaveOpen("/c/lines", "half a l");
    LineFile later = new LineFile(storage, path);
    later.rewrite(path, line -> true);
    later.append("c\n");
    assertThat(hdfs.text("/c/lines")).isEqualTo("a\nb\nc\n");
  }
}
