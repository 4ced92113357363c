package org.kindling.exchange;

/**
 * Numbers from 0 to 1 that decide how to round, a function of what is rounded where, so that a task
 * which is run again rounds alike.
 *
 * @param seed of the slice: another one for each round, sender, vector and shard
 * @param first position in the slice of the first element
 */
public record Dither(long seed, long first) {
  private static final float TWO_TO_MINUS_24 = 0x1p-24f;

  /** For codes that need none. */
  public static final Dither NONE = new Dither(0, 0);

  /** Of a slice, from its beginning. */
  public static Dither of(long... what) {
    long seed = 0x9e3779b97f4a7c15L;
    for (long part : what) {
      seed = mix(seed ^ part) + 0x9e3779b97f4a7c15L;
    }
    return new Dither(seed, 0);
  }

  Dither at(long position) {
    return new Dither(seed, position);
  }

  /** From 0 to below 1. */
  float next(int element) {
    return (int) (mix(seed + (first + element) * 0x9e3779b97f4a7c15L) >>> 40) * TWO_TO_MINUS_24;
  }

  /** David Stafford's variant 13 of the finaliser of MurmurHash3. */
  private static long mix(long z) {
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
