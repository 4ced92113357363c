package org.kindling.tokenizer;

/**
 * Merges the pairs of one piece: again and again the pair of lowest rank, the leftmost of equals.
 * Takes time linear in the length of long pieces and holds scratch space of about a megabyte, so
 * each thread needs its own.
 */
final class PieceMerger {
  /** Up to here a scan of all pairs for each merge beats a heap. */
  private static final int LONGEST_SCANNED = 128;

  private final MergeTable table;
  private final int[] byteTokens;
  private final MergeHeap heap;
  private final LongPieceMerger longPieces;
  private final int[] tokens = new int[LONGEST_SCANNED];
  private final long[] merges = new long[LONGEST_SCANNED];

  /**
   * @param vocabulary the bytes of each token
   */
  PieceMerger(MergeTable table, byte[][] vocabulary) {
    this.table = table;
    this.byteTokens = byteTokens(vocabulary);
    this.heap = new MergeHeap(table);
    this.longPieces = new LongPieceMerger(this, vocabulary);
  }

  private static int[] byteTokens(byte[][] vocabulary) {
    int[] byteTokens = new int[256];
    for (int id = 0; id < vocabulary.length; id++) {
      if (vocabulary[id] != null && vocabulary[id].length == 1) {
        byteTokens[vocabulary[id][0] & 0xFF] = id;
      }
    }
    return byteTokens;
  }

  /** Appends the tokens of a piece. */
  void merge(byte[] bytes, int start, int end, TokenBuffer out) {
    if (end - start > LongPieceMerger.WINDOW) {
      longPieces.merge(bytes, start, end, false, out);
    } else {
      mergeAtOnce(bytes, start, end, out);
    }
  }

  /**
   * Appends the first tokens of a piece that goes on beyond {@code end}: those that no longer
   * depend on what follows.
   *
   * @return where the tokens end; the bytes from there on are to be given again
   */
  int mergeBeginning(byte[] bytes, int start, int end, TokenBuffer out) {
    return longPieces.merge(bytes, start, end, true, out);
  }

  void mergeAtOnce(byte[] bytes, int start, int end, TokenBuffer out) {
    int length = end - start;
    out.reserve(length);
    if (length <= LONGEST_SCANNED) {
      mergeByScan(bytes, start, length, out);
    } else {
      heap.merge(bytes, start, length, byteTokens, out);
    }
  }

  private void mergeByScan(byte[] bytes, int start, int length, TokenBuffer out) {
    for (int i = 0; i < length; i++) {
      tokens[i] = byteTokens[bytes[start + i] & 0xFF];
    }
    for (int i = 0; i + 1 < length; i++) {
      merges[i] = table.find(tokens[i], tokens[i + 1]);
    }
    int n = length;
    while (n > 1) {
      long best = MergeTable.NONE;
      int at = -1;
      for (int i = 0; i < n - 1; i++) {
        if (merges[i] < best) {
          best = merges[i];
          at = i;
        }
      }
      if (at < 0) {
        break;
      }
      tokens[at] = (int) best;
      System.arraycopy(tokens, at + 2, tokens, at + 1, n - at - 2);
      System.arraycopy(merges, at + 1, merges, at, n - at - 2);
      n--;
      if (at < n - 1) {
        merges[at] = table.find(tokens[at], tokens[at + 1]);
      }
      if (at > 0) {
        merges[at - 1] = table.find(tokens[at - 1], tokens[at]);
      }
    }
    System.arraycopy(tokens, 0, out.ids, out.size, n);
    out.size += n;
  }
}
