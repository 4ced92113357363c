package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.rdd.RDD;

/** Carries the partitions of other RDDs that its task reads. */
final class ReadingPartition implements Partition {
  private static final long serialVersionUID = 1L;

  private final int index;
  private final transient List<RDD<?>> parents;
  private final int[][] numbers;
  private Partition[][] partitions;

  /**
   * @param numbers for each parent, of the partitions to read, in this order
   */
  ReadingPartition(int index, List<RDD<?>> parents, int[][] numbers) {
    this.index = index;
    this.parents = parents;
    this.numbers = numbers;
    look();
  }

  private void look() {
    partitions = new Partition[numbers.length][];
    for (int p = 0; p < numbers.length; p++) {
      Partition[] all = parents.get(p).partitions();
      partitions[p] = new Partition[numbers[p].length];
      for (int i = 0; i < numbers[p].length; i++) {
        partitions[p][i] = all[numbers[p][i]];
      }
    }
  }

  /** What to read of a parent. */
  Partition[] of(int parent) {
    return partitions[parent];
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public int hashCode() {
    return index;
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    // A parent may have been cut off its lineage since: its partitions are others then.
    if (parents != null) {
      look();
    }
    out.defaultWriteObject();
  }
}
