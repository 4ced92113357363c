package org.kindling.spark.inspection;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.kindling.corpus.LengthHistogram;
import org.kindling.corpus.ShardScan;
import org.kindling.corpus.TokenCounts;

/**
 * What scans of some shards add up to. Sums of whole numbers, so their order does not matter.
 *
 * @param tokens of the intact shards
 * @param lengths of documents of the intact shards
 * @param damaged shards
 */
public record Findings(TokenCounts tokens, LengthHistogram lengths, List<Damage> damaged)
    implements Serializable {
  /**
   * A shard that is not as it was written.
   *
   * @param problem in one line, naming the file
   */
  public record Damage(String shard, String problem) implements Serializable {}

  static Findings of(ShardScan scan, int vocabulary) {
    return scan.problem().isEmpty()
        ? new Findings(scan.tokens(), scan.lengths(), List.of())
        : new Findings(
            new TokenCounts(vocabulary),
            new LengthHistogram(),
            List.of(new Damage(scan.shard(), scan.problem())));
  }

  /** Adds another's to this one's counts, which nobody else holds. */
  Findings plus(Findings other) {
    tokens.addAll(other.tokens);
    lengths.addAll(other.lengths);
    List<Damage> both = new ArrayList<>(damaged);
    both.addAll(other.damaged);
    return new Findings(tokens, lengths, both);
  }
}
