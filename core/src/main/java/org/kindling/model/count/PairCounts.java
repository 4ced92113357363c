package org.kindling.model.count;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How often each token, and each pair of neighbouring tokens, occurs. Grows as pairs are added; two
 * counts of different text add up. Not thread-safe.
 */
public final class PairCounts implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final long EMPTY = -1;

  private final long[] tokens;
  private long[] keys = new long[1 << 12];
  private long[] counts = new long[1 << 12];
  private int pairs;

  public PairCounts(int vocabulary) {
    tokens = new long[vocabulary];
    Arrays.fill(keys, EMPTY);
  }

  public int vocabulary() {
    return tokens.length;
  }

  /** Counts a prediction: {@code next} occurred after {@code previous}. */
  public void add(int previous, int next) {
    tokens[next]++;
    add((long) previous * tokens.length + next, 1);
  }

  /** Counts a prediction that occurred so many times. */
  void add(int previous, int next, long times) {
    tokens[next] += times;
    add((long) previous * tokens.length + next, times);
  }

  /** Adds what another counted. */
  public PairCounts plus(PairCounts other) {
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] += other.tokens[i];
    }
    for (int i = 0; i < other.keys.length; i++) {
      if (other.keys[i] != EMPTY) {
        add(other.keys[i], other.counts[i]);
      }
    }
    return this;
  }

  private void add(long key, long count) {
    int slot = slot(key);
    if (keys[slot] == EMPTY) {
      keys[slot] = key;
      pairs++;
      if (pairs * 2 > keys.length) {
        counts[slot] += count;
        grow();
        return;
      }
    }
    counts[slot] += count;
  }

  private int slot(long key) {
    int mask = keys.length - 1;
    long mixed = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 40) & mask;
    while (keys[slot] != EMPTY && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    long[] oldCounts = counts;
    keys = new long[oldKeys.length * 2];
    counts = new long[keys.length];
    Arrays.fill(keys, EMPTY);
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != EMPTY) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        counts[slot] = oldCounts[i];
      }
    }
  }

  /** Occurrences of a token as the second of a pair. */
  public long ofToken(int token) {
    return tokens[token];
  }

  /** Occurrences of a pair. */
  public long ofPair(int previous, int next) {
    return counts[slot((long) previous * tokens.length + next)];
  }

  /** Number of different pairs. */
  public int distinctPairs() {
    return pairs;
  }

  /** Number of different pairs that occurred as often as that. */
  public long pairsSeen(long times) {
    long found = 0;
    for (long count : counts) {
      if (count == times) {
        found++;
      }
    }
    return found;
  }

  /** What follows each token: [vocabulary] occurrences in all. */
  long[] followers() {
    long[] sums = new long[tokens.length];
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != EMPTY) {
        sums[(int) (keys[i] / tokens.length)] += counts[i];
      }
    }
    return sums;
  }

  /** What follows each token: [vocabulary] number of different tokens. */
  int[] distinctFollowers() {
    int[] distinct = new int[tokens.length];
    for (long key : keys) {
      if (key != EMPTY) {
        distinct[(int) (key / tokens.length)]++;
      }
    }
    return distinct;
  }
}
