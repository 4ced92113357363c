package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Merges the pairs of one piece: again and again the pair of lowest rank, the leftmost of equals.
 * Holds scratch space, so each thread needs its own.
 */
final class PieceMerger {
  /** Up to here a scan of all pairs for each merge beats a heap. */
  private static final int LONGEST_SCANNED = 128;

  private final MergeTable table;
  private final int[] byteTokens;
  private final int[] tokens = new int[LONGEST_SCANNED];
  private final long[] merges = new long[LONGEST_SCANNED];

  /**
   * @param byteTokens [256] the token of each byte
   */
  PieceMerger(MergeTable table, int[] byteTokens) {
    this.table = table;
    this.byteTokens = byteTokens;
  }

  void merge(byte[] bytes, int start, int end, TokenBuffer out) {
    int length = end - start;
    out.reserve(length);
    if (length <= LONGEST_SCANNED) {
      mergeByScan(bytes, start, length, out);
    } else {
      mergeByHeap(bytes, start, length, out);
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

  /** The same in n log n: a heap of candidates over a linked list of tokens. */
  private void mergeByHeap(byte[] bytes, int start, int length, TokenBuffer out) {
    int[] token = new int[length];
    int[] next = new int[length];
    int[] previous = new int[length];
    LongHeap heap = new LongHeap(length);
    for (int i = 0; i < length; i++) {
      token[i] = byteTokens[bytes[start + i] & 0xFF];
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    for (int i = 0; i + 1 < length; i++) {
      push(heap, token, i, i + 1);
    }
    while (!heap.isEmpty()) {
      long candidate = heap.poll();
      int i = (int) candidate;
      int j = next[i];
      // A token that has since merged, or whose neighbour has, is no candidate any more.
      if (token[i] < 0 || j == length) {
        continue;
      }
      long merge = table.find(token[i], token[j]);
      if (merge == MergeTable.NONE || merge >>> 32 != candidate >>> 32) {
        continue;
      }
      token[i] = (int) merge;
      token[j] = -1;
      next[i] = next[j];
      if (next[i] < length) {
        previous[next[i]] = i;
        push(heap, token, i, next[i]);
      }
      if (previous[i] >= 0) {
        push(heap, token, previous[i], i);
      }
    }
    for (int i = 0; i < length; i = next[i]) {
      out.ids[out.size++] = token[i];
    }
  }

  private void push(LongHeap heap, int[] token, int i, int j) {
    long merge = table.find(token[i], token[j]);
    if (merge != MergeTable.NONE) {
      heap.add(merge >>> 32 << 32 | i);
    }
  }

  /** A binary heap of non-negative longs, smallest first. */
  private static final class LongHeap {
    private long[] values;
    private int size;

    LongHeap(int capacity) {
      values = new long[capacity];
    }

    boolean isEmpty() {
      return size == 0;
    }

    void add(long value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, size * 2);
      }
      int i = size++;
      while (i > 0 && value < values[(i - 1) >>> 1]) {
        values[i] = values[(i - 1) >>> 1];
        i = (i - 1) >>> 1;
      }
      values[i] = value;
    }

    long poll() {
      long smallest = values[0];
      long moved = values[--size];
      int i = 0;
      for (int child = 1; child < size; child = 2 * i + 1) {
        if (child + 1 < size && values[child + 1] < values[child]) {
          child++;
        }
        if (values[child] >= moved) {
          break;
        }
        values[i] = values[child];
        i = child;
      }
      values[i] = moved;
      return smallest;
    }
  }
}
