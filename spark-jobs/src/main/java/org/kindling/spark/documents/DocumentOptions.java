package org.kindling.spark.documents;

import java.util.List;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Option;

/** The options of every job that reads a corpus; a picocli mixin. */
public final class DocumentOptions {
  private static final String USUAL_NAME = "text";

  @Option(
      names = "--input",
      required = true,
      paramLabel = "PATH",
      description =
          "A file, a directory with everything below it, or a glob such as 'data/*.jsonl.gz' (in "
              + "quotes); may be given several times. Hidden files (. and _) are left out. Files "
              + "may be compressed (.gz, .bz2, .zst).")
  private List<String> inputs;

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
      description =
          "Field of JSON objects that holds the text; the column of Parquet files too, unless "
              + "--text-column names another (default: text).")
  private String textField;

  @Option(
      names = "--text-column",
      paramLabel = "NAME",
      description =
          "Column of Parquet files that holds the text; the field of JSON objects too, unless "
              + "--text-field names another (default: text).")
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

  @Option(
      names = "--normalize",
      paramLabel = "none|nfc",
      defaultValue = "none",
      description =
          "Unicode normalization of the text before anything else sees it (default: "
              + "${DEFAULT-VALUE}).")
  private Normalization normalization;

  /** The corpus: files, directories or globs, in the order given. */
  public List<Path> inputs() {
    return inputs.stream().map(Path::new).toList();
  }

  /** How to read it. */
  public DocumentRules rules() {
    String field = firstOf(textField, textColumn);
    String column = firstOf(textColumn, textField);
    return new DocumentRules(format, field, column, separator, onMalformed, normalization);
  }

  private static String firstOf(String name, String other) {
    return name != null ? name : other != null ? other : USUAL_NAME;
  }
}
