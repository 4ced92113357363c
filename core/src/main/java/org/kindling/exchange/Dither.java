package org.kindling.exchange;

/**
 * Numbers from 0 to 1 that decide how to round, a function of what is rounded where, so that a task
 * which is run again rounds alike.
 *
 * @param seed of the slice: another one for each round, sender, vector and shard
 * @param first position in the slice of the first element
 */
public record Dither(long seed, int first) {
  /** For codes that need none. */
  public static final Dither NONE = new Dither(0, 0);

  /** Parts neighbours: 2^32 times the golden ratio. */
  static final int STEP = 0x9e3779b9;

  static final int FIRST_FACTOR = 0x7feb352d;
  static final int SECOND_FACTOR = 0x846ca68b;

  /** Bits of a float32's mantissa. */
  static final int BITS = 23;

  /** Of a slice, from its beginning. */
  public static Dither of(long... what) {
    long seed = 0x9e3779b97f4a7c15L;
    for (long part : what) {
      seed = mix(seed ^ part) + 0x9e3779b97f4a7c15L;
    }
    return new Dither(seed, 0);
  }

  Dither at(int position) {
    return new Dither(seed, position);
  }

  /** From 0 to below 1. */
  float next(int element) {
    return Float.intBitsToFloat(bits(element) >>> 32 - BITS | ONE) - 1;
  }

  /** The bits of 1f; a mantissa put there makes a number from 1 to below 2. */
  static final int ONE = 0x3f800000;

  /**
   * In 32 bits, so that eight fit in a register: Chris Wellons' lowbias32, half of the seed before
   * it and half in its middle, or two seeds would give one sequence, shifted.
   *
   * @see <a href="https://nullprogram.com/blog/2018/07/31/">Wellons 2018, Prospecting for hash
   *     functions</a>
   */
  private int bits(int element) {
    int x = (first + element) * STEP + before();
    x = (x ^ x >>> 16) * FIRST_FACTOR;
    x ^= between();
    x = (x ^ x >>> 15) * SECOND_FACTOR;
    return x ^ x >>> 16;
  }

  /** The part of the seed that positions are added to. */
  int before() {
    return (int) seed;
  }

  /** The part of the seed between the two products. */
  int between() {
    return (int) (seed >>> Integer.SIZE);
  }

  /** David Stafford's variant 13 of the finaliser of MurmurHash3. */
  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
