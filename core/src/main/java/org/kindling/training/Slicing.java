package org.kindling.training;

import java.io.Serializable;

/**
 * How the flat vectors of a run are cut so that many machines can hold and average them.
 *
 * @param size elements of a vector
 * @param count number of slices
 */
public record Slicing(long size, int count) implements Serializable {
  /** Three vectors of this many floats stay below what Spark fetches without touching disk. */
  private static final long MAXIMUM_ELEMENTS = 12_000_000;

  public Slicing {
    if (size < 1 || count < 1 || count > size) {
      throw new IllegalArgumentException("cannot cut " + size + " elements into " + count);
    }
  }

  /** One slice per worker, more if they would be too large to move about in one piece. */
  public static Slicing of(long size, int workers) {
    long needed = Math.max(workers, (size + MAXIMUM_ELEMENTS - 1) / MAXIMUM_ELEMENTS);
    return new Slicing(size, (int) Math.min(needed, size));
  }

  public long offset(int slice) {
    return size * slice / count;
  }

  public int length(int slice) {
    return Math.toIntExact(offset(slice + 1) - offset(slice));
  }
}
