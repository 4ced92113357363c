package org.kindling.spark.documents;

import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Option;

/** The options of every job that reads a corpus; a picocli mixin. */
public final class DocumentOptions {
  @Option(
      names = "--input",
      required = true,
      paramLabel = "PATH",
      description =
          "A file, or a directory with everything below it; hidden files (. and _) are left out. "
              + "Files may be compressed (.gz, .zst).")
  private String input;

  @Option(
      names = "--format",
      paramLabel = "txt|jsonl|parquet",
      description =
          "What the files hold; by default .jsonl, .ndjson and .parquet files are what their "
              + "names say, and all others text.")
  private DocumentFormat format;

  @Option(
      names = "--text-field",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "Field of JSON objects that holds the text (default: ${DEFAULT-VALUE}).")
  private String textField;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "Column of Parquet files that holds the text (default: ${DEFAULT-VALUE}).")
  private String textColumn;

  @Option(
      names = "--document-separator",
      paramLabel = "LINE",
      description =
          "A line that stands between the documents of a text file; without it, a file is one "
              + "document.")
  private String separator;

  @Option(
      names = "--on-malformed",
      paramLabel = "fail|skip|replace",
      defaultValue = "fail",
      description =
          "What becomes of text that is not UTF-8 and of records without text: end the job, skip "
              + "the document, or put U+FFFD for bad bytes (default: ${DEFAULT-VALUE}).")
  private OnMalformed onMalformed;

  /** The corpus. */
  public Path input() {
    return new Path(input);
  }

  /** How to read it. */
  public DocumentRules rules() {
    return new DocumentRules(format, textField, textColumn, separator, onMalformed);
  }
}
