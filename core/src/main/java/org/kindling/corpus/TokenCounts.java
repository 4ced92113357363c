package org.kindling.corpus;

import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** How often each entry of a vocabulary occurs. Not thread-safe. */
public final class TokenCounts implements Serializable {
  private final long[] counts;

  /** An entry and how often it occurs. */
  public record Entry(int token, long count) {}

  public TokenCounts(int vocabulary) {
    this.counts = new long[vocabulary];
  }

  /** Counts the first tokens of an array; all must be in the vocabulary. */
  public void add(int[] tokens, int length) {
    for (int i = 0; i < length; i++) {
      counts[tokens[i]]++;
    }
  }

  /** Adds what another of the same vocabulary has counted. */
  public void addAll(TokenCounts other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
  }

  /** Entries of the vocabulary. */
  public int vocabulary() {
    return counts.length;
  }

  /** Tokens counted. */
  public long total() {
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    return total;
  }

  /** Entries that occur. */
  public int used() {
    int used = 0;
    for (long count : counts) {
      used += count > 0 ? 1 : 0;
    }
    return used;
  }

  /** Entropy of a token drawn at random, in bits; 0 if there is none. */
  public double entropyBits() {
    double total = total();
    double bits = 0;
    for (long count : counts) {
      if (count > 0) {
        bits -= count / total * (Math.log(count / total) / Math.log(2));
      }
    }
    return bits;
  }

  /** The most frequent entries, most frequent first; of equal ones the lower number. */
  public List<Entry> top(int most) {
    Comparator<Entry> rarer =
        Comparator.comparingLong(Entry::count)
            .thenComparing(Comparator.comparingInt(Entry::token).reversed());
    PriorityQueue<Entry> kept = new PriorityQueue<>(rarer);
    for (int token = 0; token < counts.length; token++) {
      if (counts[token] > 0) {
        kept.add(new Entry(token, counts[token]));
        if (kept.size() > most) {
          kept.remove();
        }
      }
    }
    return kept.stream().sorted(rarer.reversed()).toList();
  }
}
