package org.kindling.training;

import java.io.Serializable;

/**
 * How the flat vectors of a run are divided so that many machines can hold and average them.
 *
 * @param size elements of a vector
 * @param count number of shards
 */
public record Sharding(long size, int count) implements Serializable {
  /** Three vectors of this many floats stay below what Spark fetches without touching disk. */
  private static final long MAXIMUM_ELEMENTS = 12_000_000;

  public Sharding {
    if (size < 1 || count < 1 || count > size) {
      throw new IllegalArgumentException(
          "cannot divide " + size + " elements into " + count + " shards");
    }
  }

  /** One shard per worker, more if they would be too large to move about in one piece. */
  public static Sharding of(long size, int workers) {
    long needed = Math.max(workers, (size + MAXIMUM_ELEMENTS - 1) / MAXIMUM_ELEMENTS);
    return new Sharding(size, (int) Math.min(needed, size));
  }

  public long offset(int shard) {
    return size * shard / count;
  }

  public int length(int shard) {
    return Math.toIntExact(offset(shard + 1) - offset(shard));
  }
}
