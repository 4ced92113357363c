package org.kindling.model.count;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How often each sequence of {@code order} tokens occurs, while they are being counted: a trie
 * whose nodes are found by hashing (parent, token). Two counts of different text add up. Not
 * thread-safe.
 *
 * <pre>{@code
 * NgramCounts counts = new NgramCounts(3, 512);
 * counts.add(new int[] {1, 2, 3, 1, 2, 3}, 6); // 4 trigrams, 3 of them different
 * }</pre>
 */
public final class NgramCounts implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int order;
  private final int vocabulary;

  /** One for each length from 1 to {@code order}; keys are parent · vocabulary + token. */
  private final NodeIndex[] levels;

  /** Occurrences of the nodes of the last level. */
  private long[] counts = new long[1 << 10];

  /**
   * @param order tokens of an n-gram, at least 1
   */
  public NgramCounts(int order, int vocabulary) {
    this.order = order;
    this.vocabulary = vocabulary;
    this.levels = new NodeIndex[order];
    Arrays.setAll(levels, level -> new NodeIndex());
  }

  public int order() {
    return order;
  }

  public int vocabulary() {
    return vocabulary;
  }

  /** Counts every n-gram that lies wholly within the first {@code length} tokens. */
  public void add(int[] tokens, int length) {
    add(tokens, 0, length);
  }

  /** Counts every n-gram that lies wholly from one token to before another. */
  public void add(int[] tokens, int from, int to) {
    for (int at = from; at + order <= to; at++) {
      addOne(tokens, at, 1);
    }
  }

  /** Counts one n-gram. */
  void addOne(int[] tokens, int from, long times) {
    int node = insert(tokens, from, order);
    if (node >= counts.length) {
      counts = Arrays.copyOf(counts, Math.max(node + 1, counts.length + counts.length / 2));
    }
    counts[node] = Math.addExact(counts[node], times);
  }

  /** The node of a sequence, made if there is none. */
  private int insert(int[] tokens, int from, int length) {
    int node = 0;
    for (int level = 0; level < length; level++) {
      node = levels[level].add((long) node * vocabulary + tokens[from + level]);
    }
    return node;
  }

  /** Adds what another counted. */
  public NgramCounts plus(NgramCounts other) {
    if (other.order != order || other.vocabulary != vocabulary) {
      throw new IllegalArgumentException(
          "counts of order " + other.order + " do not add up with those of order " + order);
    }
    int[] tokens = new int[order];
    for (int node = 0; node < other.levels[order - 1].size(); node++) {
      other.tokensOf(node, order, tokens);
      addOne(tokens, 0, other.counts[node]);
    }
    return this;
  }

  private void tokensOf(int last, int length, int[] tokens) {
    int node = last;
    for (int level = length - 1; level >= 0; level--) {
      long key = levels[level].key(node);
      tokens[level] = (int) (key % vocabulary);
      node = (int) (key / vocabulary);
    }
  }

  /** The same counts in order of their tokens, whatever order they were counted in. */
  public SortedNgrams sorted() {
    addSuffixes();
    long[][] keys = new long[order][];
    int[] place = {0};
    for (int level = 0; level < order; level++) {
      NodeIndex nodes = levels[level];
      long[] moved = new long[nodes.size()];
      for (int node = 0; node < moved.length; node++) {
        long key = nodes.key(node);
        moved[node] = (long) place[(int) (key / vocabulary)] * vocabulary + key % vocabulary;
      }
      keys[level] = moved.clone();
      Arrays.sort(keys[level]);
      place = new int[moved.length];
      for (int node = 0; node < moved.length; node++) {
        place[node] = Arrays.binarySearch(keys[level], moved[node]);
      }
    }
    long[] sortedCounts = new long[place.length];
    for (int node = 0; node < place.length; node++) {
      sortedCounts[place[node]] = counts[node];
    }
    return new SortedNgrams(vocabulary, keys, sortedCounts);
  }

  /**
   * What ends a text begins no n-gram, but it is the end of one: shorter sequences are nodes too if
   * they only ever occur there.
   */
  private void addSuffixes() {
    int[] tokens = new int[order];
    for (int length = order; length > 1; length--) {
      for (int node = 0; node < levels[length - 1].size(); node++) {
        tokensOf(node, length, tokens);
        insert(tokens, 1, length - 1);
      }
    }
  }

  /** Numbers keys in the order in which they come: open addressing over primitive arrays. */
  private static final class NodeIndex implements Serializable {
    private static final long serialVersionUID = 1L;

    private long[] keys = new long[1 << 10];
    private int[] slots = new int[1 << 11];
    private int size;

    int size() {
      return size;
    }

    long key(int node) {
      return keys[node];
    }

    /** The number of a key, a new one if it is new. */
    int add(long key) {
      int slot = slot(key);
      if (slots[slot] != 0) {
        return slots[slot] - 1;
      }
      if (size == keys.length) {
        keys = Arrays.copyOf(keys, Math.addExact(size, size));
        slots = new int[2 * keys.length];
        for (int node = 0; node < size; node++) {
          slots[slot(keys[node])] = node + 1;
        }
        slot = slot(key);
      }
      keys[size] = key;
      slots[slot] = ++size;
      return size - 1;
    }

    /** Where a key is, or where it would go. */
    private int slot(long key) {
      int mask = slots.length - 1;
      long mixed = key * 0x9E3779B97F4A7C15L;
      int slot = (int) (mixed >>> 32) & mask;
      while (slots[slot] != 0 && keys[slots[slot] - 1] != key) {
        slot = (slot + 1) & mask;
      }
      return slot;
    }
  }
}
