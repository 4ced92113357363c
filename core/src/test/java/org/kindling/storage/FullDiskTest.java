package org.kindling.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Constructor;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FullDiskTest {
  /** Local files that hold a megabyte at most; then it fails as Hadoop's local file system does. */
  public static final class SmallDisk extends RawLocalFileSystem {
    @Override
    public URI getUri() {
      return URI.create("small:///");
    }

    @Override
    public FSDataOutputStream create(
        Path file,
        FsPermission permission,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      OutputStream out = createOutputStream(file, false);
      return new FSDataOutputStream(new SmallStream(out), null);
    }

    @Override
    public FSDataOutputStream create(
        Path file,
        boolean overwrite,
        int bufferSize,
        short replication,
        long blockSize,
        Progressable progress)
        throws IOException {
      return create(file, null, overwrite, bufferSize, replication, blockSize, progress);
    }
  }

  private static final class SmallStream extends OutputStream {
    private final OutputStream out;
    private long left = 1 << 20;

    SmallStream(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      left -= length;
      if (left < 0) {
        throw full();
      }
      out.write(bytes, offset, length);
    }

    /** Hadoop keeps the constructor to itself. */
    private static FSError full() {
      try {
        Constructor<FSError> constructor = FSError.class.getDeclaredConstructor(Throwable.class);
        constructor.setAccessible(true);
        return constructor.newInstance(new IOException("No space left on device"));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  @Test
  void namesTheFileAndLeavesNothingBehind(@TempDir java.nio.file.Path directory) {
    Configuration configuration = new Configuration();
    configuration.set("fs.small.impl", SmallDisk.class.getName());
    Storage storage = new Storage(configuration);
    Path file = new Path("small://" + directory + "/tokens.bin");
    for (int size : new int[] {3 << 20, (1 << 20) + 1}) {
      assertThatThrownBy(() -> storage.write(file, new byte[size]))
          .isInstanceOf(WriteFailedException.class)
          .hasMessageContaining("tokens.bin: cannot be written after ")
          .hasMessageContaining("(No space left on device); free some space");
      assertThat(directory).isEmptyDirectory();
    }
  }
}
