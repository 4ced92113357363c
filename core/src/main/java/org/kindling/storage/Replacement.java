package org.kindling.storage;

import java.io.IOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.web.WebHdfsFileSystem;

/**
 * Renames a file to a name that another file may have. On HDFS and on local disks that is one step:
 * at every moment, also after a crash, there is the older file or the newer. Other file systems
 * have no such step in Hadoop's public interface; there the older file is deleted first, and only
 * if the plain rename refuses.
 */
final class Replacement {
  private Replacement() {}

  /**
   * @throws IOException if the file keeps its name; the older one is there then, or, where there is
   *     no atomic step, may be gone
   */
  static void rename(FileSystem fileSystem, Path from, Path to) throws IOException {
    if (fileSystem instanceof LocalDisk disk) {
      disk.replace(from, to);
    } else if (fileSystem instanceof DistributedFileSystem hdfs) {
      hdfs.rename(from, to, Options.Rename.OVERWRITE);
    } else if (fileSystem instanceof WebHdfsFileSystem hdfs) {
      hdfs.rename(from, to, Options.Rename.OVERWRITE);
    } else {
      deleteAndRename(fileSystem, from, to);
    }
  }

  private static void deleteAndRename(FileSystem fileSystem, Path from, Path to)
      throws IOException {
    // Hadoop's rename answers false, and does not throw, when the target exists.
    if (!fileSystem.rename(from, to)) {
      fileSystem.delete(to, false);
      if (!fileSystem.rename(from, to)) {
        throw new IOException(to + ": could not be put in place of its older version");
      }
    }
  }
}
