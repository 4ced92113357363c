package org.kindling.spark.documents;

import java.io.Serializable;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.InputFile;

/**
 * A file, or a range of its bytes: the documents that begin in it.
 *
 * @param file fully qualified path
 * @param from first byte, inclusive
 * @param to last byte, exclusive
 * @param sizeBytes of the whole file
 * @param modifiedMillis when the whole file was last written, since 1970
 */
record FilePart(String file, long from, long to, long sizeBytes, long modifiedMillis)
    implements Serializable {
  Path path() {
    return new Path(file);
  }

  /** As a ledger records it. */
  InputFile input() {
    return new InputFile(file, from, to, sizeBytes, modifiedMillis);
  }

  /**
   * Whether a record that begins at that position belongs to a later part. Positions in compressed
   * files count decompressed bytes, but such files are never cut.
   */
  boolean endsBefore(long position) {
    return to < sizeBytes && position >= to;
  }

  /**
   * The last part of its path, without parsing that as {@link Path} does: there may be millions.
   */
  String fileName() {
    return file.substring(file.lastIndexOf('/') + 1);
  }

  /** The file as its user would write it. */
  String name() {
    return file.startsWith("file:/") ? file.substring("file:".length()) : file;
  }
}
