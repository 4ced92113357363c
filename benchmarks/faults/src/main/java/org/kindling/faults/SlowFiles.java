package org.kindling.faults;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.util.Progressable;

/**
 * HDFS, except that files below directories whose name holds {@code kindling.faults.slow} are
 * written in pieces, each of which is on the DataNodes before the next one follows a while later:
 * time to break something in the middle of a file.
 */
public final class SlowFiles extends DistributedFileSystem {
  private static final String SLOW = "kindling.faults.slow";
  private static final String MILLIS = "kindling.faults.slowMillis";
  private static final int PIECES = 6;

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
    FSDataOutputStream out =
        super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress);
    String slow = getConf().get(SLOW, "");
    return slow.isEmpty() || !file.getParent().getName().contains(slow)
        ? out
        : new FSDataOutputStream(new InPieces(out, getConf().getLong(MILLIS, 3000)), null);
  }

  private static final class InPieces extends OutputStream {
    private final FSDataOutputStream out;
    private final long millis;
    private boolean waited;

    InPieces(FSDataOutputStream out, long millis) {
      this.out = out;
      this.millis = millis;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    /** Only the first write of a file is slow: a large file is written by many. */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (waited || length < PIECES) {
        out.write(bytes, offset, length);
        return;
      }
      waited = true;
      for (int piece = 0; piece < PIECES; piece++) {
        int from = length * piece / PIECES;
        out.write(bytes, offset + from, length * (piece + 1) / PIECES - from);
        out.hflush();
        sleep(millis / PIECES);
      }
    }

    private static void sleep(long millis) throws InterruptedIOException {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while writing slowly");
      }
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
