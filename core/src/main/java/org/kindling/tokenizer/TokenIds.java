package org.kindling.tokenizer;

import java.util.Arrays;

/** Finds tokens by their bytes. Immutable. */
final class TokenIds {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private final byte[][] tokens;
  // Open addressing: id + 1, or 0 where nothing is.
  private final int[] slots;
  private final int shift;

  /**
   * @param tokens by id; null where there is none
   */
  TokenIds(byte[][] tokens) {
    this.tokens = tokens;
    int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(Math.max(1, tokens.length)));
    slots = new int[1 << bits];
    shift = 64 - bits;
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] != null) {
        slots[slotOf(tokens[id], 0, tokens[id].length)] = id + 1;
      }
    }
  }

  /** The id of the token of these bytes, or -1. */
  int find(byte[] bytes, int from, int to) {
    return slots[slotOf(bytes, from, to)] - 1;
  }

  private int slotOf(byte[] bytes, int from, int to) {
    int mask = slots.length - 1;
    int slot = (int) (hash(bytes, from, to) >>> shift);
    while (slots[slot] != 0) {
      byte[] token = tokens[slots[slot] - 1];
      if (Arrays.equals(token, 0, token.length, bytes, from, to)) {
        break;
      }
      slot = slot + 1 & mask;
    }
    return slot;
  }

  /** Its high bits are the good ones. */
  static long hash(byte[] bytes, int from, int to) {
    long h = to - from;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      h = (h ^ (long) Utf8.LONGS.get(bytes, i)) * MULTIPLIER;
      h ^= h >>> 29;
    }
    long rest = 0;
    for (int shift = 0; i < to; i++, shift += 8) {
      rest |= (bytes[i] & 0xFFL) << shift;
    }
    h = (h ^ rest) * MULTIPLIER;
    h ^= h >>> 32;
    return h * MULTIPLIER;
  }
}
