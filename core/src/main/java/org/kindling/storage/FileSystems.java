package org.kindling.storage;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.UnsupportedFileSystemException;

/**
 * Finds the file system that a path lies on. Local files are written without Hadoop's {@code .crc}
 * companions: manifests hold checksums, and readers should find the files they expect and no
 * others. Threads may share it.
 */
final class FileSystems {
  private final Configuration configuration;
  private final LocalDisk localDisk;
  private final boolean failsFast;

  private FileSystems(Configuration configuration, boolean failsFast) {
    this.configuration = configuration;
    this.localDisk = LocalDisk.open(configuration);
    this.failsFast = failsFast;
  }

  /** Waits for a server that is away for a while. */
  static FileSystems retrying(Configuration configuration) {
    return new FileSystems(configuration, false);
  }

  /** Asks a server once, on first use, whether it is there at all. */
  static FileSystems failingFast(Configuration configuration) {
    return new FileSystems(configuration, true);
  }

  Configuration configuration() {
    return configuration;
  }

  /**
   * @throws IOException naming the path, if its scheme has no driver or its server does not answer
   */
  FileSystem of(Path path) throws IOException {
    if (HdfsClients.handles(path, configuration)) {
      if (failsFast) {
        HdfsClients.requireAnswer(path, configuration);
      }
      return HdfsClients.client(path, configuration);
    }
    FileSystem found;
    try {
      found = path.getFileSystem(configuration);
    } catch (UnsupportedFileSystemException e) {
      throw withoutDriver(path, e);
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(
          path + ": no file system for this path (" + e.getMessage() + "); check its scheme", e);
    } catch (RuntimeException e) {
      if (e.getCause() instanceof ClassNotFoundException) {
        throw withoutDriver(path, e);
      }
      throw e;
    }
    return found instanceof LocalFileSystem ? localDisk : found;
  }

  private static IOException withoutDriver(Path path, Exception e) {
    return new IOException(
        path
            + ": no driver for the scheme "
            + path.toUri().getScheme()
            + ":; use file:, hdfs:, or put the driver's jar on the class path with --packages",
        e);
  }
}
