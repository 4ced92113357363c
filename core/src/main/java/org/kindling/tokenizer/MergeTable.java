package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Which pairs of tokens merge, in what order, into what: a primitive hash table of at most 32 bytes
 * a pair. Once filled, threads may share it.
 */
final class MergeTable {
  /** What {@link #find} says of a pair that does not merge; greater than any found value. */
  static final long NONE = Long.MAX_VALUE;

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final long EMPTY = -1;

  // Key and value side by side: one cache line a look-up.
  private final long[] slots;
  private final int shift;

  /**
   * An empty table.
   *
   * @param most pairs it will hold
   */
  MergeTable(int most) {
    int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(Math.max(1, most)));
    slots = new long[2 << bits];
    Arrays.fill(slots, EMPTY);
    shift = 64 - bits;
  }

  /**
   * @param merged the token that the pair becomes
   */
  void put(long pair, int rank, int merged) {
    int slot = slotOf(pair);
    slots[slot] = pair;
    slots[slot + 1] = (long) rank << 32 | merged;
  }

  /** {@code rank << 32 | merged token}, so that smaller means earlier; {@link #NONE} if none. */
  long find(int left, int right) {
    int slot = slotOf(BytePairVocabulary.pair(left, right));
    return slots[slot] == EMPTY ? NONE : slots[slot + 1];
  }

  private int slotOf(long pair) {
    int mask = slots.length - 1;
    int slot = (int) (pair * MULTIPLIER >>> shift) << 1;
    while (slots[slot] != EMPTY && slots[slot] != pair) {
      slot = slot + 2 & mask;
    }
    return slot;
  }
}
