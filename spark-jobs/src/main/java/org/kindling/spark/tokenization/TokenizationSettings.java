package org.kindling.spark.tokenization;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.OutputMode;
import org.kindling.spark.documents.DocumentRules;
import org.kindling.spark.quality.QualitySettings;
import org.kindling.tokenizer.SpecialTokens;

/**
 * What to tokenize, how, and where to.
 *
 * @param inputs files, directories or globs
 * @param rules how to find documents in it
 * @param quality which of them to leave out
 * @param tokenizer a name or path, or {@code char} for the characters of this corpus
 * @param specialTokens what text that looks like a special token becomes
 * @param output the dataset directory
 * @param mode what may become of an older dataset or of unfinished work
 * @param split how to divide the text
 * @param validationFraction of documents (hash) or characters (tail) that are for validation, from
 *     0, inclusive, to 1, exclusive; 0 makes no validation split
 * @param shards parts to cut the corpus into; 0 for the usual number
 */
public record TokenizationSettings(
    List<Path> inputs,
    DocumentRules rules,
    QualitySettings quality,
    String tokenizer,
    SpecialTokens specialTokens,
    Path output,
    OutputMode mode,
    SplitMethod split,
    double validationFraction,
    int shards) {
  /** Spark's driver holds a few kilobytes for each task. */
  private static final int MOST_SHARDS = 1_000_000;

  /** Settings that keep every document and refuse special tokens. */
  public TokenizationSettings(
      List<Path> inputs,
      DocumentRules rules,
      String tokenizer,
      Path output,
      OutputMode mode,
      SplitMethod split,
      double validationFraction,
      int shards) {
    this(
        inputs,
        rules,
        QualitySettings.KEEP_ALL,
        tokenizer,
        SpecialTokens.REFUSE,
        output,
        mode,
        split,
        validationFraction,
        shards);
  }

  public TokenizationSettings {
    if (!(validationFraction >= 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "--validation-fraction: found "
              + validationFraction
              + ", expected 0 to less than 1, such as 0.05");
    }
    if (shards < 0 || shards > MOST_SHARDS) {
      throw new IllegalArgumentException(
          "--shards: found "
              + shards
              + ", expected 1 to "
              + MOST_SHARDS
              + ", or 0 for the usual number");
    }
  }

  /** The inputs as an error names them. */
  String inputNames() {
    return inputs.stream().map(Path::toString).collect(Collectors.joining(" --input "));
  }
}
