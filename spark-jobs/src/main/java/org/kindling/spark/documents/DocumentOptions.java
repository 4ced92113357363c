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
          "A text file, or a directory with everything below it, each file one document; hidden"
              + " files (. and _) are left out. Files may be compressed (.gz).")
  private String input;

  /** The corpus. */
  public Path input() {
    return new Path(input);
  }
}
