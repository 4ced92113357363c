package org.kindling.spark.documents;

import java.io.Closeable;
import java.io.IOException;

/** Streams the documents of one {@link FilePart}. */
interface PartReader extends Closeable {
  /** Whether there is another record; {@link #text} then has its text. */
  boolean advance() throws IOException;

  /** The current document; null if it is malformed and skipped. */
  String text();

  /** Where the current document is, for errors: file and byte or row. */
  String where();
}
