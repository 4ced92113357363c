package org.kindling.spark.documents;

/** What becomes of a document that is not what its format says. */
public enum OnMalformed {
  /** The job ends with an error that names file and byte. */
  FAIL,
  /** The document is left out and counted. */
  SKIP,
  /**
   * Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD. A record without text
   * has nothing to replace and still ends the job.
   */
  REPLACE
}
