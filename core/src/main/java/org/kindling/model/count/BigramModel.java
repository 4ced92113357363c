package org.kindling.model.count;

import java.io.Serializable;

/**
 * Probability of a token from counts: of the token alone (add-one smoothing), or given the token
 * before it (absolute discounting, backing off to the token alone). Immutable; threads may share
 * it.
 *
 * @see <a href="https://doi.org/10.1006/csla.1994.1001">Ney, Essen, Kneser 1994</a>
 */
public final class BigramModel implements Serializable {
  private static final long serialVersionUID = 1L;

  private final PairCounts counts;
  private final long total;
  private final long[] followers;
  private final int[] distinctFollowers;
  private final double discount;

  /**
   * @param counts not changed afterwards
   */
  public BigramModel(PairCounts counts) {
    this.counts = counts;
    this.followers = counts.followers();
    this.distinctFollowers = counts.distinctFollowers();
    long sum = 0;
    for (long n : followers) {
      sum += n;
    }
    this.total = sum;
    double once = counts.pairsSeen(1);
    double twice = counts.pairsSeen(2);
    this.discount = once == 0 ? 0.5 : once / (once + 2 * twice);
  }

  /** Number of counts that the unigram model keeps. */
  public long unigramParameters() {
    return counts.vocabulary();
  }

  /** Number of counts that the bigram model keeps. */
  public long bigramParameters() {
    return counts.vocabulary() + (long) counts.distinctPairs();
  }

  /** Predictions counted. */
  public long tokens() {
    return total;
  }

  /** p(next), above 0 for every token of the vocabulary. */
  public double unigram(int next) {
    return (counts.ofToken(next) + 1.0) / (total + counts.vocabulary());
  }

  /** p(next | previous), above 0 for every pair. */
  public double bigram(int previous, int next) {
    long seen = followers[previous];
    if (seen == 0) {
      return unigram(next);
    }
    double direct = Math.max(0, counts.ofPair(previous, next) - discount) / seen;
    double backOff = discount * distinctFollowers[previous] / seen;
    return direct + backOff * unigram(next);
  }
}
