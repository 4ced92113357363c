package org.kindling.spark.documents;

import java.io.Serializable;
import java.util.Optional;

/**
 * How to find documents in files. {@link DocumentOptions} makes it from the command line.
 *
 * @param givenFormat of all files; null: as each file's suffix says
 * @param textField of JSON objects that holds the text
 * @param textColumn of Parquet files that holds the text
 * @param separator the line between documents of a text file; null: a file is one document
 * @param onMalformed what becomes of documents that are not what they should be
 * @param normalization of the text, before anything else sees it
 */
public record DocumentRules(
    DocumentFormat givenFormat,
    String textField,
    String textColumn,
    String separator,
    OnMalformed onMalformed,
    Normalization normalization)
    implements Serializable {
  /** Rules that leave the text as it is. */
  public DocumentRules(
      DocumentFormat givenFormat,
      String textField,
      String textColumn,
      String separator,
      OnMalformed onMalformed) {
    this(givenFormat, textField, textColumn, separator, onMalformed, Normalization.NONE);
  }

  public DocumentRules {
    if (separator != null && (separator.isEmpty() || separator.contains("\n"))) {
      throw new IllegalArgumentException(
          "--document-separator: found "
              + (separator.isEmpty() ? "nothing" : "several lines")
              + ", expected one line of text, such as <|endoftext|>");
    }
  }

  /** The format of one file. */
  DocumentFormat formatOf(String fileName) {
    return Optional.ofNullable(givenFormat).orElseGet(() -> DocumentFormat.ofName(fileName));
  }

  /** Whether readers can start in the middle of such a file. */
  boolean splittable(String fileName) {
    return switch (formatOf(fileName)) {
      case PARQUET -> true;
      case JSONL -> Compression.ofName(fileName).splittable();
      case TXT -> separator != null && Compression.ofName(fileName).splittable();
    };
  }
}
