package org.kindling.corpus;

/**
 * The order in which samples are drawn: every epoch is a permutation of all samples, each epoch
 * another one, computed from position and seed alone. Nothing is shuffled or stored, so that a
 * run's place in its data is one number. Threads may share it.
 *
 * <p>The permutation is a balanced Feistel network over the smallest even number of bits that holds
 * all sample numbers; a result outside is sent through again ("cycle walking"), fewer than four
 * times on average.
 *
 * @see <a href="https://doi.org/10.1007/3-540-45760-7_9">Black and Rogaway 2002, Ciphers with
 *     Arbitrary Finite Domains</a>
 */
public final class SampleOrder {
  private static final int ROUNDS = 6;
  static final long GOLDEN_RATIO = 0x9e3779b97f4a7c15L;

  private final long samples;
  private final long seed;
  private final int halfBits;
  private final long halfMask;

  /**
   * @param samples how many there are, at least 1
   * @param seed chooses the order; runs of equal seed draw alike
   */
  public SampleOrder(long samples, long seed) {
    if (samples < 1) {
      throw new IllegalArgumentException("an order needs at least 1 sample, found " + samples);
    }
    this.samples = samples;
    this.seed = seed;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(samples - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
    this.halfMask = (1L << halfBits) - 1;
  }

  public long samples() {
    return samples;
  }

  /**
   * The sample that is drawn after {@code consumed} others, counted from the start of the run; the
   * epoch is {@code consumed / samples}.
   */
  public long sample(long consumed) {
    if (consumed < 0) {
      throw new IllegalArgumentException("samples consumed cannot be " + consumed);
    }
    long key = mix(seed + GOLDEN_RATIO * mix(consumed / samples + 1));
    long value = consumed % samples;
    do {
      value = permute(value, key);
    } while (value >= samples);
    return value;
  }

  private long permute(long value, long key) {
    long left = value >>> halfBits;
    long right = value & halfMask;
    for (int round = 1; round <= ROUNDS; round++) {
      long next = left ^ (mix(right + key + round * GOLDEN_RATIO) & halfMask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  /** The finalizer of SplitMix64: every bit of the input changes half the bits of the output. */
  static long mix(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
