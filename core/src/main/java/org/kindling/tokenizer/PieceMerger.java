package org.kindling.tokenizer;

/**
 * Merges the pairs of one piece: again and again the pair of lowest rank, the leftmost of equals.
 * Takes time linear in the length of long pieces and holds scratch space of about a megabyte, so
 * each thread needs its own.
 */
final class PieceMerger {
  private static final int POSITION_BITS = 7;

  /** Up to here a scan of all pairs for each merge beats a heap. */
  private static final int LONGEST_SCANNED = 1 << POSITION_BITS;

  private static final int NO_CANDIDATE = Integer.MAX_VALUE;

  private final MergeTable table;
  private final int[] byteTokens;
  private final MergeHeap heap;
  private final LongPieceMerger longPieces;
  private final int[] tokens = new int[LONGEST_SCANNED];
  private final int[] candidates = new int[LONGEST_SCANNED];
  private final int[] next = new int[LONGEST_SCANNED];
  private final int[] previous = new int[LONGEST_SCANNED + 1];

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

  /**
   * Keeps the candidates as {@code rank << 7 | position} by the position of their left token, so
   * that the smallest is the next merge. Nothing moves when tokens merge: the right one's place
   * stays empty.
   */
  private void mergeByScan(byte[] bytes, int start, int length, TokenBuffer out) {
    int[] candidates = this.candidates;
    int[] tokens = this.tokens;
    int[] next = this.next;
    int[] previous = this.previous;
    prepare(bytes, start, length);
    int last = length - 1;
    while (true) {
      int best = NO_CANDIDATE;
      for (int i = 0; i < last; i++) {
        best = Math.min(best, candidates[i]);
      }
      if (best == NO_CANDIDATE) {
        break;
      }
      int at = best & LONGEST_SCANNED - 1;
      int gone = next[at];
      int token = table.merged(best >>> POSITION_BITS);
      tokens[at] = token;
      candidates[gone] = NO_CANDIDATE;
      int after = next[gone];
      next[at] = after;
      previous[after] = at;
      candidates[at] = after == length ? NO_CANDIDATE : candidate(token, tokens[after], at);
      int before = previous[at];
      if (at > 0) {
        candidates[before] = candidate(tokens[before], token, before);
      }
    }
    int size = out.size;
    for (int i = 0; i < length; i = next[i]) {
      out.ids[size++] = tokens[i];
    }
    out.size = size;
  }

  private void prepare(byte[] bytes, int start, int length) {
    for (int i = 0; i < length; i++) {
      tokens[i] = byteTokens[bytes[start + i] & 0xFF];
      next[i] = i + 1;
      previous[i] = i - 1;
      int rank =
          i + 1 < length
              ? table.findBytes(bytes[start + i], bytes[start + i + 1])
              : MergeTable.NONE;
      candidates[i] = rank == MergeTable.NONE ? NO_CANDIDATE : rank << POSITION_BITS | i;
    }
  }

  private int candidate(int left, int right, int position) {
    int rank = table.find(left, right);
    return rank == MergeTable.NONE ? NO_CANDIDATE : rank << POSITION_BITS | position;
  }
}
