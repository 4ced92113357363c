package org.kindling.spark.averaging;

import org.apache.spark.Partitioner;

/** Sends what belongs to slice i to partition i. */
final class SlicePartitioner extends Partitioner {
  private static final long serialVersionUID = 1L;

  private final int slices;

  SlicePartitioner(int slices) {
    this.slices = slices;
  }

  @Override
  public int numPartitions() {
    return slices;
  }

  @Override
  public int getPartition(Object key) {
    return (Integer) key;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SlicePartitioner that && that.slices == slices;
  }

  @Override
  public int hashCode() {
    return slices;
  }
}
