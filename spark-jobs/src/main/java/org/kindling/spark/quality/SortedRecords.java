package org.kindling.spark.quality;

import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * A shuffle that brings records with equal first bytes together, sorts them, and streams them past
 * a step. Sorting spills to disk and a step sees one record at a time, so that a run of any length
 * takes no more memory than a short one.
 */
final class SortedRecords {
  /** A shuffle writes as many pieces as it has partitions, for each of its tasks. */
  private static final int MOST_PARTITIONS = 1024;

  /** Small records of so many groups are no more than a task sorts in memory. */
  private static final int GROUPS_PER_PARTITION = 8;

  private SortedRecords() {}

  /**
   * How many partitions to sort a corpus of so many groups in. What comes out does not depend on
   * it.
   */
  static int partitions(int groups) {
    return Math.min(groups, MOST_PARTITIONS);
  }

  /**
   * The same for records of some fifty bytes: in fewer partitions, since starting a task takes
   * longer than sorting those of one group, but no fewer than there are cores.
   */
  static int partitionsOfSmall(int groups, int cores) {
    int enough = (groups + GROUPS_PER_PARTITION - 1) / GROUPS_PER_PARTITION;
    return Math.min(partitions(groups), Math.max(cores, enough));
  }

  /** What is done with sorted records; one object per partition. */
  interface Step {
    /**
     * Takes a record.
     *
     * @param startsRun whether its prefix differs from the one before
     * @param out takes results, a bounded number for each record
     */
    void accept(byte[] record, boolean startsRun, Consumer<byte[]> out);
  }

  /** Makes the step of a partition. */
  interface StepMaker extends Serializable {
    Step make();
  }

  /**
   * Shuffles, sorts and steps.
   *
   * @param prefixBytes that decide which records come together
   */
  static JavaRDD<byte[]> sweep(
      JavaRDD<byte[]> records, int prefixBytes, int partitions, StepMaker maker) {
    return records
        .mapToPair(record -> new Tuple2<byte[], Void>(record, null))
        .repartitionAndSortWithinPartitions(
            new ByPrefix(prefixBytes, partitions), new InUnsignedOrder())
        .mapPartitions(sorted -> new Swept(sorted, prefixBytes, maker.make()));
  }

  /** Brings {@link Dropped} records of one group together, those of several to one partition. */
  static JavaRDD<byte[]> byGroup(JavaRDD<byte[]> records, int partitions) {
    return records
        .mapToPair(record -> new Tuple2<byte[], Void>(record, null))
        .repartitionAndSortWithinPartitions(
            new ByPrefix(Integer.BYTES, partitions), new InUnsignedOrder())
        .keys();
  }

  /** By a hash of the first bytes. */
  private static final class ByPrefix extends Partitioner {
    private final int prefixBytes;
    private final int partitions;

    ByPrefix(int prefixBytes, int partitions) {
      this.prefixBytes = prefixBytes;
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return partitions;
    }

    @Override
    public int getPartition(Object key) {
      long hash = 0;
      for (int i = 0; i < prefixBytes; i++) {
        hash = 31 * hash + ((byte[]) key)[i];
      }
      return (int) Math.floorMod(Hashing.mix(hash), (long) partitions);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof ByPrefix that
          && that.prefixBytes == prefixBytes
          && that.partitions == partitions;
    }

    @Override
    public int hashCode() {
      return 31 * prefixBytes + partitions;
    }
  }

  private static final class InUnsignedOrder implements Comparator<byte[]>, Serializable {
    @Override
    public int compare(byte[] one, byte[] other) {
      return Arrays.compareUnsigned(one, other);
    }
  }

  private static final class Swept implements Iterator<byte[]> {
    private final Iterator<Tuple2<byte[], Void>> sorted;
    private final int prefixBytes;
    private final Step step;
    private final ArrayDeque<byte[]> results = new ArrayDeque<>();
    private byte[] before;

    Swept(Iterator<Tuple2<byte[], Void>> sorted, int prefixBytes, Step step) {
      this.sorted = sorted;
      this.prefixBytes = prefixBytes;
      this.step = step;
    }

    @Override
    public boolean hasNext() {
      while (results.isEmpty() && sorted.hasNext()) {
        byte[] record = sorted.next()._1;
        boolean starts = before == null || !Records.samePrefix(record, before, prefixBytes);
        step.accept(record, starts, results::add);
        before = record;
      }
      return !results.isEmpty();
    }

    @Override
    public byte[] next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return results.remove();
    }
  }
}
