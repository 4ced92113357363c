package org.kindling.spark.quality;

import picocli.CommandLine.Option;

/** The options that say which documents are left out; a picocli mixin. */
public final class QualityOptions {
  @Option(
      names = "--dedup",
      paramLabel = "none|exact|near",
      defaultValue = "none",
      description =
          "Leave out documents with the bytes of an earlier one (exact), or also those that share "
              + "most of their word 5-grams with one (near) (default: ${DEFAULT-VALUE}).")
  private Dedup dedup;

  @Option(
      names = "--jaccard",
      paramLabel = "J",
      description =
          "With --dedup near: Jaccard similarity of word 5-grams from which documents are "
              + "duplicates (default: 0.8).")
  private Double jaccard;

  @Option(
      names = "--min-characters",
      paramLabel = "N",
      defaultValue = "0",
      description = "Leave out documents with fewer characters (default: ${DEFAULT-VALUE}).")
  private long minCharacters;

  @Option(
      names = "--max-characters",
      paramLabel = "N",
      description = "Leave out documents with more characters (default: no limit).")
  private Long maxCharacters;

  @Option(
      names = "--max-repetition",
      paramLabel = "F",
      description =
          "Leave out documents with a larger share of repeated lines or of one word 4-gram, such "
              + "as 0.2 (default: no limit).")
  private Double maxRepetition;

  /** What the options say. */
  public QualitySettings settings() {
    if (jaccard != null && dedup != Dedup.NEAR) {
      throw new IllegalArgumentException(
          "--jaccard "
              + jaccard
              + ": means nothing with --dedup "
              + dedup.label()
              + "; choose --dedup near, or leave it out");
    }
    return new QualitySettings(
        dedup,
        jaccard == null ? QualitySettings.USUAL_JACCARD : jaccard,
        minCharacters,
        maxCharacters == null ? Long.MAX_VALUE : maxCharacters,
        maxRepetition == null ? 1 : maxRepetition);
  }
}
