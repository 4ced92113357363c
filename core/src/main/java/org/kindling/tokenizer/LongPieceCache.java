package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Remembers the tokens of pieces too long for {@link PieceCache}: rulers of comments, indentation,
 * long names. Direct-mapped, of fixed size (1 MB). Not thread-safe.
 */
final class LongPieceCache {
  /** Bytes of the longest piece it holds. */
  static final int LONGEST_PIECE = 64;

  private static final int SLOT_BITS = 13;
  private static final int MOST_IDS = 15;

  // Slot i is bytes[i * 64 …] and ids[i * 16 …]: length | count << 8, then the ids.
  private final byte[] bytes = new byte[LONGEST_PIECE << SLOT_BITS];
  private final int[] ids = new int[(MOST_IDS + 1) << SLOT_BITS];

  /** Where a piece lies if it is there at all. */
  static int slotOf(byte[] utf8, int start, int end) {
    return (int) (TokenIds.hash(utf8, start, end) >>> (64 - SLOT_BITS));
  }

  /** Appends the piece's tokens; false if it is not there. */
  boolean append(int slot, byte[] utf8, int start, int end, TokenBuffer out) {
    int shape = ids[slot * (MOST_IDS + 1)];
    int at = slot * LONGEST_PIECE;
    int length = end - start;
    if ((shape & 0xFF) != length || !Arrays.equals(bytes, at, at + length, utf8, start, end)) {
      return false;
    }
    int count = shape >>> 8;
    out.reserve(count);
    System.arraycopy(ids, slot * (MOST_IDS + 1) + 1, out.ids, out.size, count);
    out.size += count;
    return true;
  }

  /** Remembers that a piece has the tokens that {@code out} holds from {@code from} on. */
  void put(int slot, byte[] utf8, int start, int end, TokenBuffer out, int from) {
    int count = out.size - from;
    if (count > MOST_IDS) {
      return;
    }
    System.arraycopy(utf8, start, bytes, slot * LONGEST_PIECE, end - start);
    ids[slot * (MOST_IDS + 1)] = end - start | count << 8;
    System.arraycopy(out.ids, from, ids, slot * (MOST_IDS + 1) + 1, count);
  }
}
