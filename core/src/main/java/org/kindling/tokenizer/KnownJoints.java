package org.kindling.tokenizer;

/**
 * Remembers what {@link Joints} told: names of one program put the same words together again and
 * again. Direct-mapped, 64 KB. Not thread-safe.
 */
final class KnownJoints {
  private static final int SLOT_BITS = 13;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final Joints joints;
  // left << 23 | right << 2 | 1 if it holds, 2 if not; 0 where nothing is known.
  private final long[] slots = new long[1 << SLOT_BITS];

  KnownJoints(Joints joints) {
    this.joints = joints;
  }

  /** See {@link Joints#hold}. */
  boolean hold(int left, int right) {
    long pair = (long) left << 23 | (long) right << 2;
    int slot = (int) (pair * MULTIPLIER >>> 64 - SLOT_BITS);
    long found = slots[slot];
    if (found != 0 && (found & ~3L) == pair) {
      return (found & 1) != 0;
    }
    boolean hold = joints.hold(left, right);
    slots[slot] = pair | (hold ? 1 : 2);
    return hold;
  }
}
