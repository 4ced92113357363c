package org.kindling.spark.quality;

import java.util.Arrays;

/**
 * How often each hash was seen. The first 2^20 different ones are counted, later ones are not, so
 * that memory is bounded. Not thread-safe.
 */
final class HashCounts {
  private static final int MOST = 1 << 20;
  private static final int SMALL = 1 << 10;

  private long[] keys = new long[SMALL];
  private int[] counts = new int[SMALL];
  private int size;

  void clear() {
    if (keys.length > SMALL) {
      keys = new long[SMALL];
      counts = new int[SMALL];
    } else {
      Arrays.fill(counts, 0);
    }
    size = 0;
  }

  /** Counts a hash and says how often it has been seen, this time included. */
  int add(long hash) {
    int at = find(hash);
    if (counts[at] == 0) {
      if (size == MOST) {
        return 1;
      }
      if (2 * size >= keys.length) {
        grow();
        at = find(hash);
      }
      keys[at] = hash;
      size++;
    }
    counts[at] += counts[at] < Integer.MAX_VALUE ? 1 : 0;
    return counts[at];
  }

  private int find(long hash) {
    int mask = keys.length - 1;
    int at = (int) (hash ^ hash >>> 32) & mask;
    while (counts[at] != 0 && keys[at] != hash) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldKeys = keys;
    int[] oldCounts = counts;
    keys = new long[2 * oldKeys.length];
    counts = new int[keys.length];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldCounts[i] != 0) {
        int at = find(oldKeys[i]);
        keys[at] = oldKeys[i];
        counts[at] = oldCounts[i];
      }
    }
  }
}
