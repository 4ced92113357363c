package org.kindling.spark.inspection;

import java.util.List;
import java.util.Map;

/**
 * What {@code kindling inspect} found, as {@code --format json} prints it. Statistics are of the
 * intact shards of the splits that were looked at.
 *
 * @param data directory of the dataset
 * @param hash of its manifest
 * @param tokenizer kind, hash and vocabulary
 * @param dtype of its tokens
 * @param splits by name, as the manifest has them
 * @param vocabulary use of the tokenizer's entries
 * @param lengths of documents in tokens
 * @param manifest what else the manifest says, keys joined by dots
 * @param samples documents, in the order of the corpus
 * @param shards what was checked
 */
public record InspectionReport(
    String data,
    String hash,
    TokenizerLine tokenizer,
    String dtype,
    Map<String, SplitLine> splits,
    VocabularyUse vocabulary,
    Lengths lengths,
    Map<String, Object> manifest,
    List<Sample> samples,
    Shards shards) {
  /** The dataset's tokenizer. */
  public record TokenizerLine(String kind, String hash, int vocabulary) {}

  /** A split by its manifest. */
  public record SplitLine(
      long documents, long tokens, long textBytes, double bytesPerToken, int shards) {}

  /**
   * Use of the vocabulary.
   *
   * @param entropyBits of a token drawn at random: what a unigram model would need per token
   * @param top the most frequent entries
   */
  public record VocabularyUse(
      int entries, int used, int unused, double entropyBits, List<TopToken> top) {}

  /**
   * A frequent token.
   *
   * @param text what it stands for, unprintable characters and parts of characters escaped
   * @param share of all tokens
   */
  public record TopToken(int token, String text, long count, double share) {}

  /**
   * Lengths of documents in tokens.
   *
   * @param percentiles {@code p1} to {@code p99}, exact below 2048 and to 0.1 % above
   * @param histogram one bar a doubling
   */
  public record Lengths(
      double mean,
      long shortest,
      long longest,
      Map<String, Long> percentiles,
      List<Bar> histogram) {}

  /** Documents of {@code from} to {@code to} tokens. */
  public record Bar(long from, long to, long documents) {}

  /**
   * A document.
   *
   * @param document number in its shard, from 0
   * @param tokens of the whole document
   * @param text its beginning
   * @param whole whether text is all of it
   */
  public record Sample(String shard, long document, long tokens, String text, boolean whole) {}

  /**
   * What was checked.
   *
   * @param checked files of how many shards were read and compared with the manifest
   * @param damaged those that differ; also the tokenizer, if its file does
   */
  public record Shards(int checked, int intact, List<Findings.Damage> damaged) {}
}
