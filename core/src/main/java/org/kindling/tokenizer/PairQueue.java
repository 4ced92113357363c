package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * The pairs of neighbouring tokens in all pieces of a corpus: how often each occurs, in which
 * pieces, and which is the most frequent. Pairs are known by an index given in order of first
 * appearance.
 */
final class PairQueue {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final long EMPTY = -1;

  // By index.
  private long[] pairs = new long[1 << 10];
  private long[] counts = new long[1 << 10];
  private int[][] pieces = new int[1 << 10][];
  private int[] pieceCounts = new int[1 << 10];
  private int size;
  // Pairs from here on are not in the heap yet.
  private int firstNew;
  // Pair to index, open addressing.
  private long[] keys = new long[1 << 11];
  private int[] indices = new int[1 << 11];
  // A heap of (count at the time, index), most frequent first. Counts that fell since are found out
  // on the way out.
  private long[] heapCounts = new long[1 << 10];
  private int[] heapPairs = new int[1 << 10];
  private int heapSize;

  PairQueue() {
    Arrays.fill(keys, EMPTY);
  }

  long pair(int index) {
    return pairs[index];
  }

  /** Pieces in which the pair has occurred; may name one twice, or one that has it no more. */
  int[] pieces(int index) {
    return pieces[index] == null ? new int[0] : Arrays.copyOf(pieces[index], pieceCounts[index]);
  }

  /**
   * Counts occurrences of a pair, in a piece. Between two calls of {@link #poll} only pairs that
   * are new then may grow: a merge makes pairs of its own new token only.
   */
  void add(long pair, long count, int piece) {
    int index = indexOf(pair);
    counts[index] += count;
    int[] in = pieces[index];
    int n = pieceCounts[index];
    if (in == null) {
      in = pieces[index] = new int[2];
    }
    if (n == 0 || in[n - 1] != piece) {
      if (n == in.length) {
        in = pieces[index] = Arrays.copyOf(in, n * 2);
      }
      in[n] = piece;
      pieceCounts[index] = n + 1;
    }
  }

  void subtract(long pair, long count) {
    counts[indexOf(pair)] -= count;
  }

  /** Forgets a pair that has merged everywhere. */
  void clear(int index) {
    counts[index] = 0;
    pieces[index] = null;
    pieceCounts[index] = 0;
  }

  /**
   * Takes out the most frequent pair, of equals the one with the smaller ids.
   *
   * @return its index, or -1 if no pair is left
   */
  int poll() {
    for (; firstNew < size; firstNew++) {
      push(counts[firstNew], firstNew);
    }
    while (heapSize > 0) {
      int index = heapPairs[0];
      boolean current = heapCounts[0] == counts[index];
      heapSize--;
      siftDown(heapCounts[heapSize], heapPairs[heapSize]);
      if (!current) {
        push(counts[index], index);
      } else {
        return index;
      }
    }
    return -1;
  }

  private boolean before(long count, int index, long otherCount, int otherIndex) {
    return count != otherCount ? count > otherCount : pairs[index] < pairs[otherIndex];
  }

  private void push(long count, int index) {
    if (count <= 0) {
      return;
    }
    if (heapSize == heapPairs.length) {
      heapPairs = Arrays.copyOf(heapPairs, heapSize * 2);
      heapCounts = Arrays.copyOf(heapCounts, heapSize * 2);
    }
    int i = heapSize++;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (!before(count, index, heapCounts[parent], heapPairs[parent])) {
        break;
      }
      heapCounts[i] = heapCounts[parent];
      heapPairs[i] = heapPairs[parent];
      i = parent;
    }
    heapCounts[i] = count;
    heapPairs[i] = index;
  }

  private void siftDown(long count, int index) {
    int i = 0;
    for (int child = 1; child < heapSize; child = 2 * i + 1) {
      if (child + 1 < heapSize
          && before(
              heapCounts[child + 1], heapPairs[child + 1], heapCounts[child], heapPairs[child])) {
        child++;
      }
      if (!before(heapCounts[child], heapPairs[child], count, index)) {
        break;
      }
      heapCounts[i] = heapCounts[child];
      heapPairs[i] = heapPairs[child];
      i = child;
    }
    heapCounts[i] = count;
    heapPairs[i] = index;
  }

  private int indexOf(long pair) {
    int slot = slotOf(pair);
    if (keys[slot] == pair) {
      return indices[slot];
    }
    if (size == pairs.length) {
      int capacity = size * 2;
      pairs = Arrays.copyOf(pairs, capacity);
      counts = Arrays.copyOf(counts, capacity);
      pieces = Arrays.copyOf(pieces, capacity);
      pieceCounts = Arrays.copyOf(pieceCounts, capacity);
    }
    pairs[size] = pair;
    keys[slot] = pair;
    indices[slot] = size++;
    if (size * 2 > keys.length) {
      rehash();
    }
    return size - 1;
  }

  private int slotOf(long pair) {
    int mask = keys.length - 1;
    int slot = (int) (pair * MULTIPLIER >>> 32) & mask;
    while (keys[slot] != EMPTY && keys[slot] != pair) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void rehash() {
    keys = new long[keys.length * 2];
    indices = new int[keys.length];
    Arrays.fill(keys, EMPTY);
    for (int index = 0; index < size; index++) {
      int slot = slotOf(pairs[index]);
      keys[slot] = pairs[index];
      indices[slot] = index;
    }
  }
}
