package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Which pairs of tokens merge, in what order, into what: a primitive hash table of at most 38 bytes
 * a pair and 256 KB. Once filled, threads may share it.
 */
final class MergeTable {
  /** What {@link #find} says of a pair that does not merge; greater than any rank. */
  static final int NONE = Integer.MAX_VALUE;

  static final int RANK_BITS = 22;

  /** How many pairs there can be. */
  static final int MOST = (1 << RANK_BITS) - 1;

  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final long EMPTY = -1;

  // left << 43 | right << 22 | rank: one cache line a look-up, found or not.
  private final long[] slots;
  private final int shift;
  // One bit for a quarter of a slot: most pairs do not merge, and this says so from the processor's
  // own cache; 5 % of the time of cl100k_base.
  private final long[] present;
  private final int[] merged;
  // By first byte << 8 | second byte: every piece begins with these, so they have a table that
  // stays in the processor's cache.
  private final int[] ofBytes = new int[1 << 16];

  /**
   * An empty table.
   *
   * @param most pairs it will hold; ranks are below
   */
  MergeTable(int most) {
    if (most > MOST) {
      throw new IllegalArgumentException("merges: found " + most + ", expected at most " + MOST);
    }
    int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(Math.max(1, most)));
    slots = new long[1 << bits];
    Arrays.fill(slots, EMPTY);
    Arrays.fill(ofBytes, NONE);
    merged = new int[most];
    shift = 64 - bits;
    present = new long[1 << bits + 2 - 6];
  }

  /**
   * @param id of the token that the pair becomes
   * @param token its bytes
   */
  void put(long pair, int rank, int id, byte[] token) {
    long key = key(BytePairVocabulary.left(pair), BytePairVocabulary.right(pair));
    int bit = (int) (key * MULTIPLIER >>> shift - 2);
    present[bit >>> 6] |= 1L << bit;
    int slot = bit >>> 2;
    while (slots[slot] != EMPTY && slots[slot] >>> RANK_BITS != key) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = key << RANK_BITS | rank;
    merged[rank] = id;
    if (token.length == 2) {
      ofBytes[(token[0] & 0xFF) << 8 | token[1] & 0xFF] = rank;
    }
  }

  /** The rank of a pair, smaller is earlier; {@link #NONE} if it does not merge. */
  int find(int left, int right) {
    long key = key(left, right);
    int bit = (int) (key * MULTIPLIER >>> shift - 2);
    if ((present[bit >>> 6] >>> bit & 1) == 0) {
      return NONE;
    }
    long[] slots = this.slots;
    int slot = bit >>> 2;
    long found = slots[slot];
    while (found >>> RANK_BITS != key) {
      if (found == EMPTY) {
        return NONE;
      }
      slot = slot + 1 & slots.length - 1;
      found = slots[slot];
    }
    return (int) found & MOST;
  }

  /** {@link #find} for the tokens of two bytes. */
  int findBytes(byte left, byte right) {
    return ofBytes[(left & 0xFF) << 8 | right & 0xFF];
  }

  /** The token that the pair of a rank becomes. */
  int merged(int rank) {
    return merged[rank];
  }

  private static long key(int left, int right) {
    return (long) left << 21 | right;
  }
}
