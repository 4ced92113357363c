package org.kindling.tokenizer;

/**
 * Encodes text piece by piece, remembering frequent pieces. One per thread, with caches of 5 to 7
 * MB; text of any length adds a megabyte of scratch space at most.
 */
final class PieceEncoder {
  private final Splitting splitting;
  private final PieceMerger merger;
  private final TokenIds wholePieces;
  private final KnownJoints joints;
  private final PieceCache cache;
  private final AsciiWindow window = new AsciiWindow();
  private final LongPieceCache longCache = new LongPieceCache();

  /**
   * @param wholePieces tokens that a piece of their bytes becomes without merging; null if merging
   *     is needed to know
   * @param joints null if they cannot be told
   * @param cache of this encoder alone, which may know pieces already
   */
  PieceEncoder(
      Splitting splitting,
      PieceMerger merger,
      TokenIds wholePieces,
      Joints joints,
      PieceCache cache) {
    this.joints = joints == null ? null : new KnownJoints(joints);
    this.cache = cache;
    this.splitting = splitting;
    this.merger = merger;
    this.wholePieces = wholePieces;
  }

  /** Appends the tokens of valid UTF-8. */
  void encode(byte[] utf8, int from, int to, TokenBuffer out) {
    int start = from;
    while (start < to) {
      int base = start;
      long cuts = splitting.cuts(utf8, start, to, window);
      if (cuts == 0) {
        int end = splitting.next(utf8, start, to);
        appendPiece(utf8, start, end, out);
        start = end;
      }
      for (; cuts != 0; cuts &= cuts - 1) {
        int end = base + Long.numberOfTrailingZeros(cuts);
        appendPiece(utf8, start, end, out);
        start = end;
      }
    }
  }

  private void appendPiece(byte[] utf8, int start, int end, TokenBuffer out) {
    int length = end - start;
    if (length <= PieceCache.LONGEST_PIECE) {
      appendShort(utf8, start, length, out);
    } else if (length <= LongPieceCache.LONGEST_PIECE) {
      appendLong(utf8, start, end, out);
    } else {
      appendNew(utf8, start, end, out);
    }
  }

  private void appendShort(byte[] utf8, int start, int length, TokenBuffer out) {
    long low;
    long high;
    if (start <= utf8.length - 16) {
      // Without a branch on the length, which the processor could not foresee.
      low = (long) Utf8.LONGS.get(utf8, start) << 8 * Math.max(0, 8 - length);
      long isLonger = (8L - length) >> 63;
      high = (long) Utf8.LONGS.get(utf8, start + 8) << 8 * (16 - length) & isLonger;
    } else {
      // The same longs, byte by byte where two whole ones would reach beyond the array.
      low = PieceCache.low(utf8, start, length);
      high = PieceCache.high(utf8, start, length);
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
    // Words first: few names are one token, and one that is has no joint that holds.
    if (appendWords(utf8, start, end, out)) {
      return;
    }
    int id = wholePieces == null ? -1 : wholePieces.find(utf8, start, end);
    if (id >= 0) {
      out.add(id);
    } else {
      merger.merge(utf8, start, end, out);
    }
  }

  /**
   * Appends the tokens of a name in camel case: those of each word, which is likely to be in the
   * cache, if no merge crosses a joint of two.
   *
   * @return whether it did
   */
  private boolean appendWords(byte[] utf8, int start, int end, TokenBuffer out) {
    if (joints == null || end - start > LongPieceCache.LONGEST_PIECE) {
      return false;
    }
    int word = start;
    int first = out.size;
    int joint = -1;
    for (int i = start + 1; i <= end; i++) {
      boolean isJoint = i < end && isUpper(utf8[i]) && isLower(utf8[i - 1]);
      if (!isJoint && (i < end || word == start)) {
        continue;
      }
      int from = out.size;
      appendPiece(utf8, word, i, out);
      if (joint >= 0 && !joints.hold(out.ids[joint], out.ids[from])) {
        out.size = first;
        return false;
      }
      joint = out.size - 1;
      word = i;
    }
    return word != start;
  }

  private static boolean isUpper(byte b) {
    return b >= 'A' && b <= 'Z';
  }

  private static boolean isLower(byte b) {
    return b >= 'a' && b <= 'z';
  }

  /** See {@link PieceMerger#mergeBeginning}. */
  int encodeBeginning(byte[] piece, int start, int end, TokenBuffer out) {
    return merger.mergeBeginning(piece, start, end, out);
  }
}
