package org.kindling.spark.documents;

import java.util.Locale;

/** How documents lie in a file. */
public enum DocumentFormat {
  /** One document a file, or documents between separator lines. */
  TXT,
  /** One JSON object a line, the text in one of its fields. */
  JSONL,
  /** One document a row, the text in one of the columns. */
  PARQUET;

  /** What a file name says: {@code .jsonl} and {@code .ndjson}, {@code .parquet}, else text. */
  static DocumentFormat ofName(String fileName) {
    String name = Compression.ofName(fileName).strip(fileName).toLowerCase(Locale.ROOT);
    if (name.endsWith(".jsonl") || name.endsWith(".ndjson")) {
      return JSONL;
    }
    return name.endsWith(".parquet") ? PARQUET : TXT;
  }
}
