package org.kindling.model;

/**
 * Seeded standard normal numbers: SplitMix64 and Marsaglia's polar method over {@link StrictMath},
 * so that a seed gives the same bits on every machine and every Java version. Not thread-safe.
 *
 * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele et al. 2014, SplitMix64</a>
 * @see <a href="https://doi.org/10.1137/1006063">Marsaglia and Bray 1964</a>
 */
public final class NormalNumbers {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private long state;
  private double spare;
  private boolean hasSpare;

  /** Numbers that follow from a seed. */
  public NormalNumbers(long seed) {
    state = seed;
  }

  /** The next number of N(0, 1). */
  public double next() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    double x;
    double y;
    double square;
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double factor = Math.sqrt(-2 * StrictMath.log(square) / square);
    spare = y * factor;
    hasSpare = true;
    return x * factor;
  }

  /** 0 inclusive to 1 exclusive, 53 bits. */
  private double uniform() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  private long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
