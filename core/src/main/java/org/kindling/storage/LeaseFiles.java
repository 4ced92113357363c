package org.kindling.storage;

import java.io.IOException;
import org.apache.hadoop.fs.Path;

/** What a {@link Lease} asks of a file system beyond what {@link Storage} offers everyone. */
final class LeaseFiles {
  private LeaseFiles() {}

  /** Creates or replaces an empty file, which sets its time of modification. */
  static void touch(Storage storage, Path file) throws IOException {
    storage.fileSystem(file).create(file, true).close();
  }

  /** When a file was last written, by the clock of the file system. */
  static long modifiedMillis(Storage storage, Path file) throws IOException {
    return storage.fileSystem(file).getFileStatus(file).getModificationTime();
  }
}
