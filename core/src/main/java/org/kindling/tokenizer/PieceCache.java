package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Remembers the tokens of short pieces: direct-mapped, of fixed size, a newer piece takes the place
 * of an older one. A piece is its bytes in two longs. Takes 4 to 6 MB. Not thread-safe.
 */
final class PieceCache {
  /** Bytes of the longest piece it holds. */
  static final int LONGEST_PIECE = 16;

  private static final int ID_BITS = 21;

  /** Three ids of this size fit into a long. */
  static final int LARGEST_ID = (1 << ID_BITS) - 1;

  private static final int SLOT_BITS = 17;
  private static final int LONGS_PER_SLOT = 4;
  private static final int ARENA_INTS = 1 << 19;
  private static final int IDS_IN_SLOT = 3;
  private static final long MULTIPLIER_1 = 0x9E3779B97F4A7C15L;
  private static final long MULTIPLIER_2 = 0xD6E8FEB86659FD93L;

  // [slots][4]: bytes 0-7, bytes 8-15, length | count << 8, the ids or where they are in the arena.
  private final long[] slots;
  private int[] arena = new int[1 << 12];
  private int arenaSize;

  private PieceCache(long[] slots) {
    this.slots = slots;
  }

  /** One that knows the tokens that are a piece of their own; of two in one place the first. */
  static PieceCache of(byte[][] tokens) {
    PieceCache cache = new PieceCache(new long[LONGS_PER_SLOT << SLOT_BITS]);
    TokenBuffer out = new TokenBuffer();
    for (int id = 0; id < tokens.length && id <= LARGEST_ID; id++) {
      byte[] token = tokens[id];
      if (token != null && token.length <= LONGEST_PIECE) {
        long low = low(token, 0, token.length);
        long high = high(token, 0, token.length);
        int slot = slotOf(low, high, token.length);
        if (cache.slots[slot + 2] == 0) {
          out.clear();
          out.add(id);
          cache.put(slot, low, high, token.length, out, 0);
        }
      }
    }
    return cache;
  }

  /** Another one that knows the same, as long as none has learned pieces of more than a few ids. */
  PieceCache copy() {
    return new PieceCache(slots.clone());
  }

  /** The first eight bytes of a piece, at the high end if there are fewer. */
  static long low(byte[] utf8, int start, int length) {
    long low = 0;
    for (int i = 0; i < length && i < 8; i++) {
      low |= (utf8[start + i] & 0xFFL) << 8 * (i + Math.max(0, 8 - length));
    }
    return low;
  }

  /** The others, likewise. */
  static long high(byte[] utf8, int start, int length) {
    long high = 0;
    for (int i = 8; i < length; i++) {
      high |= (utf8[start + i] & 0xFFL) << 8 * (i - 8 + 16 - length);
    }
    return high;
  }

  /** Where a piece lies if it is there at all. */
  static int slotOf(long low, long high, int length) {
    long h = (low ^ Long.rotateLeft(high * MULTIPLIER_2, 31) ^ length) * MULTIPLIER_1;
    h ^= (h >>> 32) * MULTIPLIER_2;
    return (int) (h >>> (64 - SLOT_BITS)) * LONGS_PER_SLOT;
  }

  /** Appends the piece's tokens; false if it is not there. */
  boolean append(int slot, long low, long high, int length, TokenBuffer out) {
    long shape = slots[slot + 2];
    if (slots[slot] != low || slots[slot + 1] != high || (shape & 0xFF) != length) {
      return false;
    }
    long value = slots[slot + 3];
    int count = (int) (shape >>> 8);
    out.reserve(Math.max(count, IDS_IN_SLOT));
    if (count <= IDS_IN_SLOT) {
      // Always three stores: cheaper than asking how many.
      out.ids[out.size] = (int) value & LARGEST_ID;
      out.ids[out.size + 1] = (int) (value >>> ID_BITS) & LARGEST_ID;
      out.ids[out.size + 2] = (int) (value >>> 2 * ID_BITS) & LARGEST_ID;
    } else {
      System.arraycopy(arena, (int) value, out.ids, out.size, count);
    }
    out.size += count;
    return true;
  }

  /** Remembers that a piece has the tokens that {@code out} holds from {@code from} on. */
  void put(int slot, long low, long high, int length, TokenBuffer out, int from) {
    int count = out.size - from;
    long value = 0;
    if (count <= IDS_IN_SLOT) {
      for (int i = 0; i < count; i++) {
        value |= (long) out.ids[from + i] << i * ID_BITS;
      }
    } else {
      value = store(out.ids, from, count);
    }
    slots[slot] = low;
    slots[slot + 1] = high;
    slots[slot + 2] = length | (long) count << 8;
    slots[slot + 3] = value;
  }

  private int store(int[] ids, int from, int count) {
    if (arenaSize + count > ARENA_INTS) {
      Arrays.fill(slots, 0);
      arenaSize = 0;
    }
    if (arenaSize + count > arena.length) {
      arena = Arrays.copyOf(arena, Math.min(ARENA_INTS, arena.length * 2));
    }
    System.arraycopy(ids, from, arena, arenaSize, count);
    arenaSize += count;
    return arenaSize - count;
  }
}
