package org.kindling.storage;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.EnumSet;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * A file that appears under its name only once it is whole: bytes go to a hidden neighbour, {@link
 * #commit()} renames it. Closing without a commit deletes what was written. Not thread-safe.
 *
 * <pre>{@code
 * try (CommittedOutput out = storage.create(path)) {
 *   out.write(bytes);
 *   FileChecksum checksum = out.commit();
 * }
 * }</pre>
 */
public final class CommittedOutput extends OutputStream {
  private static final int BUFFER_BYTES = 1 << 18;
  private static final int HADOOP_BUFFER_BYTES = 1 << 12;

  private final FileSystem fileSystem;
  private final Path target;
  private final Path temporary;
  private final OutputStream out;
  private final CRC32C crc = new CRC32C();
  private long sizeBytes;
  private boolean closed;

  /** How a file is begun. */
  private interface Creation {
    OutputStream create(Path file) throws IOException;
  }

  CommittedOutput(FileSystem fileSystem, Path target) throws IOException {
    this(fileSystem, target, file -> fileSystem.create(file, true));
  }

  /** In a directory that must be there already. */
  static CommittedOutput inExisting(FileSystem fileSystem, Path target) throws IOException {
    return new CommittedOutput(
        fileSystem,
        target,
        file ->
            // The variant that takes a boolean makes directories all the same on local disks.
            fileSystem.createNonRecursive(
                file,
                FsPermission.getFileDefault(),
                EnumSet.of(CreateFlag.CREATE, CreateFlag.OVERWRITE),
                HADOOP_BUFFER_BYTES,
                fileSystem.getDefaultReplication(file),
                fileSystem.getDefaultBlockSize(file),
                null));
  }

  private CommittedOutput(FileSystem fileSystem, Path target, Creation creation)
      throws IOException {
    this.fileSystem = fileSystem;
    this.target = target;
    this.temporary =
        new Path(target.getParent(), "." + target.getName() + "." + UUID.randomUUID() + ".tmp");
    this.out = new BufferedOutputStream(begin(creation, temporary), BUFFER_BYTES);
  }

  private OutputStream begin(Creation creation, Path temporary) throws IOException {
    try {
      return creation.create(temporary);
    } catch (IOException | FSError e) {
      throw failed(e);
    }
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    try {
      out.write(bytes, offset, length);
    } catch (IOException | FSError e) {
      throw failed(e);
    }
    crc.update(bytes, offset, length);
    sizeBytes += length;
  }

  /** Bytes written so far. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /**
   * Makes the file visible under its name, replacing an older one: in one step on HDFS and local
   * disks, where a crash leaves one of the two; see {@link Replacement} for others.
   *
   * @throws IOException if the bytes cannot be flushed or the file cannot be renamed; nothing is
   *     left behind then
   */
  public FileChecksum commit() throws IOException {
    if (closed) {
      throw new IllegalStateException(target + " is already committed or closed");
    }
    boolean renamed = false;
    try {
      flushAndClose();
      Replacement.rename(fileSystem, temporary, target);
      renamed = true;
    } finally {
      closed = true;
      if (!renamed) {
        fileSystem.delete(temporary, false);
      }
    }
    return FileChecksum.of(sizeBytes, crc.getValue());
  }

  private void flushAndClose() throws IOException {
    try {
      out.close();
    } catch (IOException | FSError e) {
      throw failed(e);
    }
  }

  /** Hadoop's local file system reports a full disk as an Error that names no file. */
  private IOException failed(Throwable e) {
    String problem = WriteFailedException.reason(e instanceof FSError ? e.getCause() : e);
    return new WriteFailedException(
        target.toString(), "after " + sizeBytes + " bytes " + problem, e);
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      flushAndClose();
    } finally {
      fileSystem.delete(temporary, false);
    }
  }
}
