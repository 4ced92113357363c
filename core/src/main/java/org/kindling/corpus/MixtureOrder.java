package org.kindling.corpus;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Which of several sources each sample of a run comes from, by arithmetic on the sample's number
 * and the seed alone: nothing is stored, and sample 10^9 is as near as the first. Threads may share
 * it.
 *
 * <p>Two sources: let the lighter one have the share w / T, at most a half. Sample numbers are cut
 * into windows, window j from ⌈j·T/w⌉ to ⌈(j+1)·T/w⌉, and each window holds exactly one sample of
 * the lighter source, at a place in it that is a hash of seed and j. After any k samples it has
 * therefore had ⌊k·w/T⌋ or ⌈k·w/T⌉. The place is hashed, since a regular pattern can fall in step
 * with the workers' shares, and then some worker would never see a source.
 *
 * <p>More sources: a Huffman tree of such choices. Errors grow by less than one sample a level and
 * shrink by the share of the branch, which in such a tree is at most 2/3 for all but leaves: below
 * 1 for two sources, 2 for three, 4 for any number.
 */
public final class MixtureOrder {
  /** Sum of the whole numbers that stand for weights: products with numbers below it fit a long. */
  private static final long MOST_TOTAL = 1L << 31;

  private static final BigDecimal SMALLEST_SHARE = new BigDecimal("1e-8");

  private final List<Node> leaves;
  private final Node root;
  private final long[] shares;
  private final long seed;

  /** A source, or a choice between two branches. */
  private static final class Node {
    final long weight;
    final int number;
    Node light;
    Node heavy;
    Node parent;

    Node(long weight, int number) {
      this.weight = weight;
      this.number = number;
    }
  }

  /**
   * @param data in the order of the settings; their weights are relative
   * @param seed chooses the order; runs of equal seed draw alike
   */
  public MixtureOrder(List<DataSource> data, long seed) {
    this.shares = shares(data);
    this.seed = seed;
    this.leaves = new ArrayList<>();
    for (int i = 0; i < shares.length; i++) {
      leaves.add(new Node(shares[i], i));
    }
    this.root = join(leaves);
  }

  /**
   * The weights as whole numbers in the same proportion, without a common divisor. Weights that
   * would need larger numbers than 2^31 in sum are rounded to that resolution.
   *
   * @throws IllegalArgumentException naming a source with less than 10^-8 of the samples
   */
  static long[] shares(List<DataSource> data) {
    BigDecimal sum = BigDecimal.ZERO;
    for (DataSource source : data) {
      sum = sum.add(BigDecimal.valueOf(source.weight()));
    }
    for (DataSource source : data) {
      if (BigDecimal.valueOf(source.weight()).compareTo(SMALLEST_SHARE.multiply(sum)) < 0) {
        throw new IllegalArgumentException(
            "data.weight: "
                + source.weight()
                + " for "
                + source.path()
                + " is less than 10^-8 of all weights together; leave it out or give it more");
      }
    }
    BigInteger[] whole = whole(data);
    BigInteger total = BigInteger.ZERO;
    for (BigInteger weight : whole) {
      total = total.add(weight);
    }
    long[] shares = new long[whole.length];
    boolean exact = total.compareTo(BigInteger.valueOf(MOST_TOTAL)) <= 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = exact ? whole[i].longValueExact() : rounded(data.get(i), sum);
    }
    return shares;
  }

  /** As decimals of the user's file, times a power of ten, divided by what all have in common. */
  private static BigInteger[] whole(List<DataSource> data) {
    int scale = 0;
    for (DataSource source : data) {
      scale = Math.max(scale, BigDecimal.valueOf(source.weight()).scale());
    }
    BigInteger[] whole = new BigInteger[data.size()];
    BigInteger divisor = BigInteger.ZERO;
    for (int i = 0; i < whole.length; i++) {
      whole[i] = BigDecimal.valueOf(data.get(i).weight()).setScale(scale).unscaledValue();
      divisor = divisor.gcd(whole[i]);
    }
    for (int i = 0; i < whole.length; i++) {
      whole[i] = whole[i].divide(divisor);
    }
    return whole;
  }

  private static long rounded(DataSource source, BigDecimal sum) {
    return BigDecimal.valueOf(source.weight())
        .multiply(BigDecimal.valueOf(MOST_TOTAL >> 1))
        .divide(sum, MathContext.DECIMAL128)
        .setScale(0, RoundingMode.HALF_EVEN)
        .longValueExact();
  }

  /** Joins the two lightest until one is left; of equal ones those that came first. */
  private static Node join(List<Node> leaves) {
    PriorityQueue<Node> open =
        new PriorityQueue<>(
            Comparator.<Node>comparingLong(n -> n.weight).thenComparingInt(n -> n.number));
    open.addAll(leaves);
    int number = leaves.size();
    while (open.size() > 1) {
      Node light = open.remove();
      Node heavy = open.remove();
      Node joined = new Node(light.weight + heavy.weight, number++);
      joined.light = light;
      joined.heavy = heavy;
      light.parent = joined;
      heavy.parent = joined;
      open.add(joined);
    }
    return open.remove();
  }

  public int sources() {
    return shares.length;
  }

  /** Share of all samples that a source gets, 0 to 1. */
  public double share(int source) {
    return (double) shares[source] / root.weight;
  }

  /** The source of the sample that is drawn after {@code consumed} others. */
  public int source(long consumed) {
    long position = consumed;
    Node node = root;
    while (node.light != null) {
      long before = lightBefore(node, position);
      boolean light = lightBefore(node, position + 1) > before;
      position = light ? before : position - before;
      node = light ? node.light : node.heavy;
    }
    return node.number;
  }

  /** How many of the first {@code consumed} samples come from a source. */
  public long served(int source, long consumed) {
    return served(leaves.get(source), consumed);
  }

  private long served(Node node, long consumed) {
    if (node.parent == null) {
      return consumed;
    }
    long above = served(node.parent, consumed);
    long light = lightBefore(node.parent, above);
    return node == node.parent.light ? light : above - light;
  }

  /** How many of the first samples of a node go to its lighter branch. */
  private long lightBefore(Node node, long samples) {
    long total = node.weight;
    long weight = node.light.weight;
    long window = samples / total * weight + samples % total * weight / total;
    long start = start(window, weight, total);
    long length = start(window + 1, weight, total) - start;
    long place = Long.remainderUnsigned(hash(node, window), length);
    return samples - start > place ? window + 1 : window;
  }

  /** ⌈window · total / weight⌉, without overflow for any number of samples a run can have. */
  private static long start(long window, long weight, long total) {
    long rest = window % weight * total;
    return window / weight * total + (rest + weight - 1) / weight;
  }

  private long hash(Node node, long window) {
    return SampleOrder.mix(
        seed + SampleOrder.GOLDEN_RATIO * SampleOrder.mix(window + ((long) node.number << 48) + 1));
  }

  /** Seed of a source's own order: the run's for the first, so that one source draws as alone. */
  long seedOf(int source) {
    return source == 0 ? seed : SampleOrder.mix(seed + SampleOrder.GOLDEN_RATIO * source);
  }
}
