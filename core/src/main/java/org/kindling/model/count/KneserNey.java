package org.kindling.model.count;

/**
 * Interpolated Kneser-Ney smoothing. With c the occurrences of n-grams of the highest order and,
 * for shorter ones, the number of different tokens that occur before them, D the discount of the
 * order, N(h) the number of different tokens that follow h, and h' the history h without its first
 * token:
 *
 * <pre>
 * p(w | h) = max(c(hw) − D, 0) / Σ_v c(hv) + D · N(h) / Σ_v c(hv) · p(w | h')
 * </pre>
 *
 * <p>Below the unigrams lies the uniform distribution. D = n₁ / (n₁ + 2·n₂) with n₁ and n₂ the
 * number of n-grams counted once and twice. A history that never occurs leaves the shorter one's
 * distribution. Immutable; threads may share it.
 *
 * @see <a href="https://doi.org/10.1109/ICASSP.1995.479394">Kneser and Ney 1995</a>
 * @see <a href="https://doi.org/10.1006/csla.1999.0128">Chen and Goodman 1999, section 3.1</a>
 */
public final class KneserNey implements NextToken {
  private static final double DISCOUNT_WITHOUT_SINGLES = 0.5;

  private final SortedNgrams ngrams;

  /** By length − 1: c of every n-gram of that length. */
  private final long[][] counts;

  /** By length of a history: Σ c and N of its continuations. */
  private final long[][] totals;

  private final int[][] followers;

  /** By length − 1. */
  private final double[] discounts;

  public KneserNey(SortedNgrams ngrams) {
    this.ngrams = ngrams;
    int order = ngrams.order();
    counts = new long[order][];
    totals = new long[order][];
    followers = new int[order][];
    discounts = new double[order];
    for (int length = order; length >= 1; length--) {
      counts[length - 1] = length == order ? occurrences() : continuations(length);
      discounts[length - 1] = discount(counts[length - 1]);
      sumUp(length);
    }
  }

  private long[] occurrences() {
    long[] all = new long[ngrams.distinct(ngrams.order())];
    for (int place = 0; place < all.length; place++) {
      all[place] = ngrams.count(place);
    }
    return all;
  }

  /** For each sequence of a length, how many different tokens occur before it. */
  private long[] continuations(int length) {
    long[] before = new long[ngrams.distinct(length)];
    int longer = length + 1;
    int[] tokens = new int[longer];
    for (int place = 0; place < ngrams.distinct(longer); place++) {
      int node = place;
      for (int at = longer; at > 0; at--) {
        tokens[at - 1] = ngrams.token(at, node);
        node = ngrams.parent(at, node);
      }
      int suffix = ngrams.find(tokens, 1, length);
      if (suffix >= 0) {
        before[suffix]++;
      }
    }
    return before;
  }

  private static double discount(long[] counts) {
    long once = 0;
    long twice = 0;
    for (long count : counts) {
      once += count == 1 ? 1 : 0;
      twice += count == 2 ? 1 : 0;
    }
    return once == 0 ? DISCOUNT_WITHOUT_SINGLES : once / (once + 2.0 * twice);
  }

  private void sumUp(int length) {
    int histories = length == 1 ? 1 : ngrams.distinct(length - 1);
    long[] total = new long[histories];
    int[] distinct = new int[histories];
    for (int place = 0; place < ngrams.distinct(length); place++) {
      int history = length == 1 ? 0 : ngrams.parent(length, place);
      long count = counts[length - 1][place];
      total[history] += count;
      distinct[history] += count > 0 ? 1 : 0;
    }
    totals[length - 1] = total;
    followers[length - 1] = distinct;
  }

  @Override
  public int history() {
    return ngrams.order() - 1;
  }

  @Override
  public Distribution after(int[] tokens, int from, int to) {
    int longest = Math.min(history(), to - from);
    int[] histories = new int[longest + 1];
    for (int length = 0; length <= longest; length++) {
      histories[length] = ngrams.find(tokens, to - length, length);
    }
    return next -> probability(histories, next);
  }

  /**
   * From the shortest history to the longest: each takes its discounted share and leaves the rest.
   */
  private double probability(int[] histories, int next) {
    double p = 1.0 / ngrams.vocabulary();
    for (int length = 0; length < histories.length; length++) {
      int history = histories[length];
      if (history < 0) {
        return p;
      }
      double total = totals[length][history];
      if (total > 0) {
        int place = ngrams.child(length, history, next);
        double discount = discounts[length];
        double direct = place < 0 ? 0 : Math.max(0, counts[length][place] - discount);
        p = direct / total + discount * followers[length][history] / total * p;
      }
    }
    return p;
  }
}
