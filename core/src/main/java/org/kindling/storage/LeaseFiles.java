package org.kindling.storage;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileAlreadyExistsException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException;

/** What a {@link Lease} asks of a file system beyond what {@link Storage} offers everyone. */
final class LeaseFiles {
  private LeaseFiles() {}

  /**
   * Creates a file with this content if there is none of that name. Of several processes that try,
   * one succeeds, on HDFS and local disks; most object stores do not promise that.
   *
   * @return whether this call created it
   */
  static boolean createNew(Storage storage, Path file, byte[] content) throws IOException {
    FileSystem fs = storage.fileSystem(file);
    if (fs instanceof LocalDisk disk) {
      return disk.createNew(file, content);
    }
    try (FSDataOutputStream out = fs.create(file, false)) {
      out.write(content);
      return true;
    } catch (FileAlreadyExistsException | AlreadyBeingCreatedException e) {
      return false;
    } catch (IOException e) {
      throw new WriteFailedException(file.toString(), WriteFailedException.reason(e), e);
    }
  }

  /** Creates or replaces an empty file, which sets its time of modification. */
  static void touch(Storage storage, Path file) throws IOException {
    storage.fileSystem(file).create(file, true).close();
  }

  /** When a file was last written, by the clock of the file system. */
  static long modifiedMillis(Storage storage, Path file) throws IOException {
    return storage.fileSystem(file).getFileStatus(file).getModificationTime();
  }
}
