package org.kindling.training;

import java.io.Serializable;

/**
 * How the flat vectors of a run are divided so that many machines can hold and average them.
 *
 * @param size elements of a vector
 * @param count number of shards; those of a vector with fewer elements may be empty
 */
public record Sharding(long size, int count) implements Serializable {
  /** Three vectors of this many floats stay below what Spark fetches without touching disk. */
  private static final long MAXIMUM_ELEMENTS = 12_000_000;

  /** Below this a shard costs more to hand around than to average. */
  private static final long MINIMUM_ELEMENTS = 1024;

  /** More than this are there only if they would be too large otherwise. */
  private static final int ENOUGH = 64;

  /** Of the updates of all workers to one shard, at a byte a number, in the task that adds them. */
  private static final long MAXIMUM_ELEMENTS_OF_ALL_WORKERS = 64_000_000;

  private static final int MOST = 1024;

  public Sharding {
    if (size < 1 || count < 1) {
      throw new IllegalArgumentException(
          "cannot divide " + size + " elements into " + count + " shards");
    }
  }

  /**
   * One shard per worker where that makes sense, more if they would be too large to move about or
   * to add up in one piece.
   */
  public static Sharding of(long size, int workers) {
    long perWorker = Math.min(Math.min(workers, ENOUGH), ceiling(size, MINIMUM_ELEMENTS));
    long toMove = ceiling(size, MAXIMUM_ELEMENTS);
    long toAdd = Math.min(MOST, ceiling(size * workers, MAXIMUM_ELEMENTS_OF_ALL_WORKERS));
    return new Sharding(size, (int) Math.max(perWorker, Math.max(toMove, toAdd)));
  }

  private static long ceiling(long dividend, long divisor) {
    return (dividend + divisor - 1) / divisor;
  }

  public long offset(int shard) {
    return size * shard / count;
  }

  public int length(int shard) {
    return Math.toIntExact(offset(shard + 1) - offset(shard));
  }
}
