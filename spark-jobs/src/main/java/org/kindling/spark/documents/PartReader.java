package org.kindling.spark.documents;

import java.io.Closeable;
import java.io.IOException;

/** Streams the records of one {@link FilePart}; each is a document. */
interface PartReader extends Closeable {
  /**
   * Whether there is another record. What was not read of the one before is passed over.
   *
   * @throws MalformedDocumentException if there is one, but without text
   */
  boolean advance() throws IOException;

  /** Some of the current record's bytes, at least one; -1 at its end. */
  int read(byte[] bytes, int from, int length) throws IOException;

  /** Where the current record is: its first byte in the (decompressed) file, or its row. */
  long position();

  /** The file, and as much of the place in it as is no byte offset, for errors. */
  String source();

  /** The byte in {@link #source} at which the record's text begins. */
  long textStart();

  /** Where the current record is, for errors: file and byte or row. */
  String where();
}
