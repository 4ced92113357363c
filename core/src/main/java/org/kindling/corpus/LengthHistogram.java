package org.kindling.corpus;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lengths of documents, counted in bounded memory: lengths below 2048 each for itself, longer ones
 * in 1024 steps a doubling, hence to 0.1 %. Not thread-safe.
 */
public final class LengthHistogram implements Serializable {
  private static final int EXACT = 2048;
  private static final int STEPS = 1024;
  private static final int STEP_BITS = 10;

  private long[] counts = new long[EXACT];
  private long documents;
  private long tokens;
  private long shortest = Long.MAX_VALUE;
  private long longest;

  /**
   * Documents of similar length.
   *
   * @param from shortest, a power of two (or 0)
   * @param to longest
   */
  public record Bar(long from, long to, long documents) {}

  /** Counts a document of that many tokens. */
  public void add(long length) {
    int slot = slot(length);
    if (slot >= counts.length) {
      counts = Arrays.copyOf(counts, (slot / STEPS + 1) * STEPS);
    }
    counts[slot]++;
    documents++;
    tokens += length;
    shortest = Math.min(shortest, length);
    longest = Math.max(longest, length);
  }

  /** Adds what another has counted. */
  public void addAll(LengthHistogram other) {
    if (other.counts.length > counts.length) {
      counts = Arrays.copyOf(counts, other.counts.length);
    }
    for (int i = 0; i < other.counts.length; i++) {
      counts[i] += other.counts[i];
    }
    documents += other.documents;
    tokens += other.tokens;
    shortest = Math.min(shortest, other.shortest);
    longest = Math.max(longest, other.longest);
  }

  private static int slot(long length) {
    if (length < EXACT) {
      return (int) length;
    }
    int doubling = Long.SIZE - 1 - Long.numberOfLeadingZeros(length) - STEP_BITS;
    return (int) (doubling * (long) STEPS + (length >>> doubling));
  }

  /** Smallest length that a slot counts. */
  private static long lengthOf(int slot) {
    if (slot < EXACT) {
      return slot;
    }
    int doubling = slot / STEPS - 1;
    return (long) (slot - doubling * STEPS) << doubling;
  }

  public long documents() {
    return documents;
  }

  public double mean() {
    return (double) tokens / documents;
  }

  public long longest() {
    return longest;
  }

  public long shortest() {
    return documents == 0 ? 0 : shortest;
  }

  /**
   * The length that a share of the documents does not exceed (nearest rank).
   *
   * @param percent above 0, at most 100
   * @return 0 if there are no documents
   */
  public long percentile(double percent) {
    long rank = Math.max(1, (long) Math.ceil(documents * percent / 100));
    if (rank >= documents) {
      return longest;
    }
    long seen = 0;
    for (int slot = 0; slot < counts.length; slot++) {
      seen += counts[slot];
      if (seen >= rank) {
        return Math.max(shortest, lengthOf(slot));
      }
    }
    throw new IllegalStateException("counted " + seen + " of " + documents + " documents");
  }

  /** One bar a doubling, from that of the shortest document to that of the longest. */
  public List<Bar> bars() {
    List<Bar> bars = new ArrayList<>();
    if (documents == 0) {
      return bars;
    }
    long from = Long.highestOneBit(shortest);
    int slot = slot(from);
    while (from <= longest) {
      long end = Math.max(1, 2 * from);
      long count = 0;
      for (; slot < counts.length && lengthOf(slot) < end; slot++) {
        count += counts[slot];
      }
      bars.add(new Bar(from, end - 1, count));
      from = end;
    }
    return bars;
  }
}
