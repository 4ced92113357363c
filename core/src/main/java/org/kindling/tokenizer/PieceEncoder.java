package org.kindling.tokenizer;

/**
 * Encodes text piece by piece, remembering frequent pieces. One per thread, with caches of 5 to 7
 * MB; text of any length adds a megabyte of scratch space at most.
 */
final class PieceEncoder {
  private final Splitting splitting;
  private final PieceMerger merger;
  private final TokenIds wholePieces;
  private final PieceCache cache = new PieceCache();
  private final LongPieceCache longCache = new LongPieceCache();

  /**
   * @param wholePieces tokens that a piece of their bytes becomes without merging; null if merging
   *     is needed to know
   */
  PieceEncoder(Splitting splitting, PieceMerger merger, TokenIds wholePieces) {
    this.splitting = splitting;
    this.merger = merger;
    this.wholePieces = wholePieces;
  }

  /** Appends the tokens of valid UTF-8. */
  void encode(byte[] utf8, int from, int to, TokenBuffer out) {
    int start = from;
    while (start < to) {
      int end = splitting.next(utf8, start, to);
      int length = end - start;
      if (length <= PieceCache.LONGEST_PIECE) {
        appendShort(utf8, start, length, out);
      } else if (length <= LongPieceCache.LONGEST_PIECE) {
        appendLong(utf8, start, end, out);
      } else {
        appendNew(utf8, start, end, out);
      }
      start = end;
    }
  }

  private void appendShort(byte[] utf8, int start, int length, TokenBuffer out) {
    long low;
    long high;
    if (start <= utf8.length - 16) {
      low = (long) Utf8.LONGS.get(utf8, start);
      if (length <= 8) {
        low <<= 8 * (8 - length);
        high = 0;
      } else {
        high = (long) Utf8.LONGS.get(utf8, start + 8) << 8 * (16 - length);
      }
    } else {
      low = 0;
      high = 0;
      // The same longs, byte by byte where two whole ones would reach beyond the array.
      for (int i = 0; i < length && i < 8; i++) {
        low |= (utf8[start + i] & 0xFFL) << 8 * (i + Math.max(0, 8 - length));
      }
      for (int i = 8; i < length; i++) {
        high |= (utf8[start + i] & 0xFFL) << 8 * (i - 8 + 16 - length);
      }
    }
    int slot = PieceCache.slotOf(low, high, length);
    if (!cache.append(slot, low, high, length, out)) {
      int from = out.size;
      appendNew(utf8, start, start + length, out);
      cache.put(slot, low, high, length, out, from);
    }
  }

  private void appendLong(byte[] utf8, int start, int end, TokenBuffer out) {
    int slot = LongPieceCache.slotOf(utf8, start, end);
    if (!longCache.append(slot, utf8, start, end, out)) {
      int from = out.size;
      appendNew(utf8, start, end, out);
      longCache.put(slot, utf8, start, end, out, from);
    }
  }

  private void appendNew(byte[] utf8, int start, int end, TokenBuffer out) {
    int id = wholePieces == null ? -1 : wholePieces.find(utf8, start, end);
    if (id >= 0) {
      out.add(id);
    } else {
      merger.merge(utf8, start, end, out);
    }
  }

  /** See {@link PieceMerger#mergeBeginning}. */
  int encodeBeginning(byte[] piece, int start, int end, TokenBuffer out) {
    return merger.mergeBeginning(piece, start, end, out);
  }
}
