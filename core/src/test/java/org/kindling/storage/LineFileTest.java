package org.kindling.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonPathCapabilities;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineFileTest {
  @TempDir Path directory;
  private final Storage storage = Storage.standard();

  /** Files that cannot be appended to, as on an object store. */
  public static class ObjectStore extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("object:///");
    }

    @Override
    public boolean hasPathCapability(org.apache.hadoop.fs.Path path, String capability)
        throws IOException {
      return !capability.equals(CommonPathCapabilities.FS_APPEND)
          && super.hasPathCapability(path, capability);
    }

    @Override
    public FSDataOutputStream append(
        org.apache.hadoop.fs.Path file, int bufferSize, Progressable progress) throws IOException {
      throw new UnsupportedOperationException("append");
    }

    /** Hadoop starts a process for each. */
    @Override
    public void setPermission(org.apache.hadoop.fs.Path path, FsPermission permission) {}
  }

  /** Says that it appends, and breaks off in the middle. */
  public static final class BreakingDisk extends ObjectStore {
    @Override
    public URI getUri() {
      return URI.create("breaking:///");
    }

    @Override
    public boolean hasPathCapability(org.apache.hadoop.fs.Path path, String capability) {
      return true;
    }

    @Override
    public FSDataOutputStream append(
        org.apache.hadoop.fs.Path file, int bufferSize, Progressable progress) throws IOException {
      Files.writeString(
          Path.of(file.toUri().getPath()), "par", java.nio.file.StandardOpenOption.APPEND);
      throw new IOException("no DataNode to replace a bad one");
    }
  }

  private static Storage with(String scheme, Class<?> type) {
    Configuration configuration = new Configuration();
    configuration.set("fs." + scheme + ".impl", type.getName());
    return new Storage(configuration);
  }

  private org.apache.hadoop.fs.Path path(String scheme) {
    return new org.apache.hadoop.fs.Path(scheme + "://" + directory.resolve("lines"));
  }

  private static List<String> lines(Storage storage, org.apache.hadoop.fs.Path path)
      throws IOException {
    List<String> lines = new ArrayList<>();
    LineFile.read(storage, path, lines::add);
    return lines;
  }

  @Test
  void localFilesGrowWhereTheyAre() throws IOException {
    LineFile file = new LineFile(storage, path("file"));
    file.rewrite(path("file"), line -> true);
    Files.createLink(directory.resolve("same"), directory.resolve("lines"));
    file.append("a\n");
    file.append("b\nc\n");
    assertThat(directory.resolve("same")).as("never replaced").hasContent("a\nb\nc\n");
    try (var files = Files.list(directory)) {
      assertThat(files).as("no .crc files").hasSize(2);
    }
  }

  @Test
  void filesThatCannotGrowAreReplaced() throws IOException {
    Storage objects = with("object", ObjectStore.class);
    LineFile file = new LineFile(objects, path("object"));
    file.rewrite(path("object"), line -> true);
    Files.createLink(directory.resolve("first"), directory.resolve("lines"));
    file.append("a\n");
    file.append("b\n");
    assertThat(lines(objects, path("object"))).containsExactly("a", "b");
    assertThat(directory.resolve("first")).as("replaced").isEmptyFile();
  }

  @Test
  void whatABrokenAppendLeftIsReplaced() throws IOException {
    Storage breaking = with("breaking", BreakingDisk.class);
    LineFile file = new LineFile(breaking, path("breaking"));
    file.rewrite(path("breaking"), line -> true);
    file.append("a\n");
    file.append("b\n");
    assertThat(directory.resolve("lines")).hasContent("a\nb\n");
  }

  @Test
  void aPartOfALineIsPassedOverAndCutOff() throws IOException {
    Files.writeString(directory.resolve("lines"), "a\n\nb\n{\"round\":3,\"st");
    assertThat(lines(storage, path("file"))).containsExactly("a", "b");
    LineFile file = new LineFile(storage, path("file"));
    file.rewrite(path("file"), line -> !line.equals("a"));
    file.append("c\n");
    assertThat(directory.resolve("lines")).hasContent("b\nc\n");
  }

  @Test
  void isBegunBeforeItGrows() {
    LineFile file = new LineFile(storage, path("file"));
    assertThatThrownBy(() -> file.append("a\n"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lines cannot be added before rewrite");
  }
}
