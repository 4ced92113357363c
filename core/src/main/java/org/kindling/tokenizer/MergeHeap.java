package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Merges the pairs of long pieces in n log n: a heap of candidates over a linked list of tokens.
 * Keeps its arrays, 32 bytes a byte of the longest piece so far. Not thread-safe.
 */
final class MergeHeap {
  private final MergeTable table;
  private int[] token = new int[0];
  private int[] next = new int[0];
  private int[] previous = new int[0];
  // A binary heap of rank << 32 | position, smallest first.
  private long[] heap = new long[0];
  private int heapSize;

  MergeHeap(MergeTable table) {
    this.table = table;
  }

  /**
   * Appends the tokens of {@code bytes[start, start + length)}; room for them is there.
   *
   * @param byteTokens [256] the token of each byte
   */
  void merge(byte[] bytes, int start, int length, int[] byteTokens, TokenBuffer out) {
    prepare(bytes, start, length, byteTokens);
    while (heapSize > 0) {
      long candidate = poll();
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
        push(i, next[i]);
      }
      if (previous[i] >= 0) {
        push(previous[i], i);
      }
    }
    for (int i = 0; i < length; i = next[i]) {
      out.ids[out.size++] = token[i];
    }
  }

  private void prepare(byte[] bytes, int start, int length, int[] byteTokens) {
    if (token.length < length) {
      token = new int[length];
      next = new int[length];
      previous = new int[length];
    }
    for (int i = 0; i < length; i++) {
      token[i] = byteTokens[bytes[start + i] & 0xFF];
      next[i] = i + 1;
      previous[i] = i - 1;
    }
    heapSize = 0;
    for (int i = 0; i + 1 < length; i++) {
      push(i, i + 1);
    }
  }

  private void push(int left, int right) {
    long merge = table.find(token[left], token[right]);
    if (merge == MergeTable.NONE) {
      return;
    }
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, Math.max(256, heapSize * 2));
    }
    long value = merge >>> 32 << 32 | left;
    int i = heapSize++;
    while (i > 0 && value < heap[(i - 1) >>> 1]) {
      heap[i] = heap[(i - 1) >>> 1];
      i = (i - 1) >>> 1;
    }
    heap[i] = value;
  }

  private long poll() {
    long smallest = heap[0];
    long moved = heap[--heapSize];
    int i = 0;
    for (int child = 1; child < heapSize; child = 2 * i + 1) {
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= moved) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = moved;
    return smallest;
  }
}
