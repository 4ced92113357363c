package org.kindling.spark.quality;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Signatures of sets: the share of equal entries of two estimates the Jaccard similarity of their
 * sets, with a standard error of {@code sqrt(J (1 - J) / 256)}, at most 0.031. Not thread-safe.
 *
 * <p>Minima are of 31 bits: beyond some five million members, they are small numbers that agree by
 * chance.
 *
 * @see <a href="https://doi.org/10.1109/SEQUEN.1997.666900">Broder 1997</a>
 */
final class MinHash {
  static final int ENTRIES = 256;
  static final int SIGNATURE_BYTES = 2 * ENTRIES;

  private static final int[] FLIPS = new int[ENTRIES];
  private static final int[] FACTORS = new int[ENTRIES];

  static {
    SplittableRandom random = new SplittableRandom(0x6b696e646c696e67L);
    for (int i = 0; i < ENTRIES; i++) {
      FLIPS[i] = random.nextInt();
      FACTORS[i] = random.nextInt() | 1;
    }
  }

  private final int[] minima = new int[ENTRIES];
  private boolean empty;

  MinHash() {
    restart();
  }

  /** Empties the set. */
  void restart() {
    Arrays.fill(minima, Integer.MAX_VALUE);
    empty = true;
  }

  /** Adds a member by its hash. */
  void add(long hash) {
    empty = false;
    int member = (int) (hash >>> 32);
    int[] least = minima;
    // Plain arithmetic on whole arrays: the compiler makes vectors of it, but not of Math.min.
    for (int i = 0; i < ENTRIES; i++) {
      int permuted = (member ^ FLIPS[i]) * FACTORS[i];
      permuted = (permuted ^ permuted >>> 15) * 0x2c1b3c6d >>> 1;
      int less = permuted - least[i];
      least[i] += less & less >> 31;
    }
  }

  boolean isEmpty() {
    return empty;
  }

  /** Sixteen bits of each minimum, spread: what is equal stays equal. */
  void signature(byte[] into, int from) {
    for (int i = 0; i < ENTRIES; i++) {
      long spread = Hashing.mix(minima[i]);
      into[from + 2 * i] = (byte) (spread >>> 8);
      into[from + 2 * i + 1] = (byte) spread;
    }
  }

  /** The estimate of two signatures. */
  static double similarity(byte[] one, int at, byte[] other, int otherAt) {
    int equal = 0;
    for (int i = 0; i < SIGNATURE_BYTES; i += 2) {
      if (one[at + i] == other[otherAt + i] && one[at + i + 1] == other[otherAt + i + 1]) {
        equal++;
      }
    }
    return (double) equal / ENTRIES;
  }
}
