package org.kindling.evaluation;

import java.util.Arrays;

/**
 * The tokens that may come next, from the likeliest down; of equal logits the smaller id comes
 * first. A token's weight is its probability divided by the likeliest one's.
 *
 * <p>Nothing sorts the whole vocabulary. Tokens are counted and weighed in buckets of close logits,
 * and only the bucket in which a limit or a draw falls is sorted. The arithmetic is additions and
 * multiplications in a fixed order, so the same logits give the same result on every machine. Not
 * thread-safe.
 */
final class Candidates {
  /** Also the bucket of all tokens too unlikely to be drawn: their weight counts as zero. */
  private static final int BUCKETS = 4096;

  /** Of a vocabulary of any size, if they are not the widest. */
  private static final int FEWEST = 64;

  /** Buckets are between 1/64 and 1/4096 wide, in units of the logarithm of a probability. */
  private static final int WIDEST = 6;

  private static final int NARROWEST = 12;

  /** Added to a number below 2⁵¹, it leaves the nearest integer in the low bits. */
  private static final double ROUNDER = 0x1.8p52;

  /** By width: the weight in the middle of each bucket. */
  private static final double[][] WEIGHTS = weights();

  private final double[] mass = new double[BUCKETS + 1];
  private final int[] count = new int[BUCKETS + 1];

  /** By id. */
  private int[] buckets = new int[0];

  private float[] logits;
  private int vocabulary;
  private double max;

  /** Buckets per unit of logit. */
  private double scale;

  /** Width of a bucket, in units of the logarithm of a probability. */
  private double unit;

  private double[] weights;

  /** The last bucket with candidates. If it is not whole, it is the open one. */
  private int last;

  /** The bucket that {@link #members} holds, or -1. */
  private int open;

  /** Of the open bucket, in order; the id is in the lower half. */
  private long[] members = new long[256];

  private static double[][] weights() {
    double[][] all = new double[NARROWEST + 1][];
    for (int width = WIDEST; width <= NARROWEST; width++) {
      all[width] = new double[BUCKETS + 1];
      for (int bucket = 0; bucket < BUCKETS; bucket++) {
        all[width][bucket] = StrictMath.exp(-Math.scalb((double) bucket, -width));
      }
    }
    return all;
  }

  /** Of the ids below {@code vocabulary}, the smallest of those with the largest logit. */
  static int likeliest(float[] logits, int vocabulary) {
    int best = 0;
    for (int id = 0; id < vocabulary; id++) {
      float logit = logits[id];
      if (logit > logits[best]) {
        best = id;
      } else if (logit != logit) {
        throw notNumbers();
      }
    }
    return best;
  }

  /**
   * Makes all ids below {@code vocabulary} candidates.
   *
   * @param logits [vocabulary] or longer, read until the next call
   * @param temperature above 0
   */
  void load(float[] logits, int vocabulary, double temperature) {
    this.logits = logits;
    this.vocabulary = vocabulary;
    float most = Float.NEGATIVE_INFINITY;
    float least = Float.POSITIVE_INFINITY;
    for (int id = 0; id < vocabulary; id++) {
      most = Math.max(most, logits[id]);
      least = Math.min(least, logits[id]);
    }
    // Either is NaN if a logit is.
    if (!Float.isFinite(most)) {
      throw notNumbers();
    }
    max = most;
    chooseWidth(max - least, Math.min(1 / temperature, Double.MAX_VALUE));
    last = bucket(position(least));
    Arrays.fill(mass, 0, last + 1, 0);
    Arrays.fill(count, 0, last + 1, 0);
    if (buckets.length < vocabulary) {
      buckets = new int[vocabulary];
    }
    for (int id = 0; id < vocabulary; id++) {
      double position = position(logits[id]);
      int bucket = bucket(position);
      buckets[id] = bucket;
      count[bucket]++;
      mass[bucket] += weight(position);
    }
    open = -1;
  }

  /**
   * Buckets that reach from the largest to the smallest logit, if any do: the narrowest that are
   * not many more than a few candidates each would fill.
   */
  private void chooseWidth(double range, double perLogit) {
    int most = Math.min(BUCKETS, Math.max(FEWEST, vocabulary / 4));
    int fitting = Math.getExponent((most - 1) / (range * perLogit));
    int width = Math.max(WIDEST, Math.min(NARROWEST, fitting));
    unit = Math.scalb(1.0, -width);
    weights = WEIGHTS[width];
    scale = Math.min(perLogit / unit, Double.MAX_VALUE);
  }

  /** In buckets below the largest logit. */
  private double position(float logit) {
    double position = (max - logit) * scale;
    return position < BUCKETS ? position : BUCKETS;
  }

  /**
   * The nearest integer, of which the sum's low bits are: conversions from double to int and back
   * wait for each other before Java 21, which would take four times as long.
   */
  private static int bucket(double position) {
    return (int) Double.doubleToRawLongBits(position + ROUNDER);
  }

  /**
   * exp(-position · unit): that of the bucket's middle, times a Taylor series, whose error is below
   * 1e-16. {@link Math#exp} would be slower, and could differ between machines.
   */
  private double weight(double position) {
    double middle = position + ROUNDER - ROUNDER;
    double x = (middle - position) * unit;
    double x2 = x * x;
    double low = 1 + x + x2 * (1.0 / 2 + x * (1.0 / 6));
    double high = 1.0 / 24 + x * (1.0 / 120) + x2 * (1.0 / 720);
    return weights[bucket(position)] * (low + x2 * x2 * high);
  }

  private double weightOf(long member) {
    return weight(position(logits[(int) member]));
  }

  /** Keeps the first so many. */
  void keepFirst(int candidates) {
    int left = candidates;
    int bucket = 0;
    while (bucket < last && count[bucket] < left) {
      left -= count[bucket++];
    }
    last = bucket;
    if (left < count[bucket]) {
      open(bucket);
      cut(left);
    }
  }

  /** Keeps the fewest first ones that have this share of all candidates' weight. */
  void keepShare(double share) {
    double target = share * total();
    double before = 0;
    int bucket = 0;
    while (bucket < last && before + mass[bucket] < target) {
      before += mass[bucket++];
    }
    open(bucket);
    int kept = 0;
    while (kept < count[bucket] && before < target) {
      before += weightOf(members[kept++]);
    }
    last = bucket;
    cut(kept);
  }

  /** Keeps those of at least this weight. */
  void keepFrom(double weight) {
    int bucket = bucket(Math.min(-StrictMath.log(weight) / unit, BUCKETS));
    if (bucket > last) {
      return;
    }
    open(bucket);
    int kept = 0;
    while (kept < count[bucket] && weightOf(members[kept]) >= weight) {
      kept++;
    }
    last = bucket;
    cut(kept);
  }

  /**
   * The candidate at a place.
   *
   * @param share of all candidates' weight that comes before the place, from 0 to below 1
   */
  int at(double share) {
    double target = share * total();
    double before = 0;
    int bucket = 0;
    while (bucket < last && before + mass[bucket] <= target) {
      before += mass[bucket++];
    }
    open(bucket);
    int place = 0;
    before += weightOf(members[0]);
    while (place + 1 < count[bucket] && before <= target) {
      before += weightOf(members[++place]);
    }
    return (int) members[place];
  }

  private double total() {
    double total = 0;
    for (int bucket = 0; bucket <= last; bucket++) {
      total += mass[bucket];
    }
    return total;
  }

  /** Keeps the first so many of the last bucket, which is open. */
  private void cut(int kept) {
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      sum += weightOf(members[i]);
    }
    count[last] = kept;
    mass[last] = sum;
  }

  private void open(int bucket) {
    if (open == bucket) {
      return;
    }
    int size = count[bucket];
    if (members.length < size) {
      members = new long[Math.max(size, 2 * members.length)];
    }
    int found = 0;
    for (int id = 0; found < size; id++) {
      if (buckets[id] == bucket) {
        members[found++] = key(logits[id], id);
      }
    }
    Arrays.sort(members, 0, size);
    open = bucket;
  }

  /** Smaller for larger logits, then for smaller ids. */
  private static long key(float logit, int id) {
    int bits = Float.floatToRawIntBits(logit + 0f); // no -0, which equals 0
    int rising = bits ^ (bits >> 31 & Integer.MAX_VALUE);
    return (long) ~rising << 32 | id;
  }

  private static IllegalStateException notNumbers() {
    return new IllegalStateException(
        "sampling: a logit is not a finite number; the model's training diverged, use an earlier"
            + " checkpoint");
  }
}
