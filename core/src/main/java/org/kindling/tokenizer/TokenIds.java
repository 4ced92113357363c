package org.kindling.tokenizer;

import java.util.Arrays;

/** Finds tokens by their bytes. Immutable. */
final class TokenIds {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;

  private static final int TAG_MASK = -1 << 22;

  private final byte[][] tokens;
  // Open addressing: 10 bits of the hash before id + 1, or 0 where nothing is. Those bits spare
  // nearly all looks at other tokens' bytes.
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
        put(id);
      }
    }
  }

  private void put(int id) {
    long hash = hash(tokens[id], 0, tokens[id].length);
    int slot = (int) (hash >>> shift);
    while (slots[slot] != 0 && !Arrays.equals(tokens[idAt(slot)], tokens[id])) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = tag(hash) | id + 1;
  }

  /** The id of the token of these bytes, or -1. */
  int find(byte[] bytes, int from, int to) {
    long hash = hash(bytes, from, to);
    int slot = (int) (hash >>> shift);
    while (slots[slot] != 0) {
      if ((slots[slot] & TAG_MASK) == tag(hash)) {
        byte[] token = tokens[idAt(slot)];
        if (Arrays.equals(token, 0, token.length, bytes, from, to)) {
          return idAt(slot);
        }
      }
      slot = slot + 1 & slots.length - 1;
    }
    return -1;
  }

  private int idAt(int slot) {
    return (slots[slot] & ~TAG_MASK) - 1;
  }

  private static int tag(long hash) {
    return (int) hash & TAG_MASK;
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
    if (i < to && to >= 8) {
      rest = (long) Utf8.LONGS.get(bytes, to - 8) >>> 8 * (8 - (to - i));
    } else {
      // The same byte by byte where a whole long would begin before the array.
      for (int shift = 0; i < to; i++, shift += 8) {
        rest |= (bytes[i] & 0xFFL) << shift;
      }
    }
    h = (h ^ rest) * MULTIPLIER;
    h ^= h >>> 32;
    return h * MULTIPLIER;
  }
}
