package org.kindling.spark.quality;

/** Spreading the bits of a long. */
final class Hashing {
  private Hashing() {}

  /** MurmurHash3's finalizer, a permutation. */
  static long mix(long h) {
    h ^= h >>> 33;
    h *= 0xff51afd7ed558ccdL;
    h ^= h >>> 33;
    h *= 0xc4ceb9fe1a85ec53L;
    return h ^ h >>> 33;
  }
}
