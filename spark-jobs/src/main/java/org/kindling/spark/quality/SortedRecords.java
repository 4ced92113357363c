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
import org.apache.spark.rdd.RDD;
import org.apache.spark.rdd.ShuffledRDD;
import scala.Tuple2;
import scala.math.Ordering$;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * A shuffle that brings records with equal first bytes together, sorts them, and streams them past
 * a step. Sorting spills to disk and a step sees one record at a time, so that a run of any length
 * takes no more memory than a short one.
 */
final class SortedRecords {
  /** A shuffle writes as many pieces as it has partitions, for each of its tasks. */
  private static final int MOST_PARTITIONS = 1024;

  /** Starting a task, and a file for each partition, takes longer than sorting one group's. */
  private static final int GROUPS_PER_PARTITION = 4;

  private SortedRecords() {}

  /**
   * How many partitions to sort the records of so many groups in; no fewer than there are cores if
   * there are as many groups. What comes out does not depend on it.
   */
  static int partitions(int groups, int cores) {
    int enough = (groups + GROUPS_PER_PARTITION - 1) / GROUPS_PER_PARTITION;
    return Math.min(Math.min(groups, MOST_PARTITIONS), Math.max(cores, enough));
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
    return sorted(records, prefixBytes, partitions)
        .mapPartitions(sorted -> new Swept(sorted, prefixBytes, maker.make()));
  }

  /** Brings {@link Dropped} records of one group together, those of several to one partition. */
  static JavaRDD<byte[]> byGroup(JavaRDD<byte[]> records, int partitions) {
    return sorted(records, Integer.BYTES, partitions).map(Tuple2::_1);
  }

  private static JavaRDD<Tuple2<byte[], Void>> sorted(
      JavaRDD<byte[]> records, int prefixBytes, int partitions) {
    ClassTag<byte[]> key = ClassTag$.MODULE$.apply(byte[].class);
    ClassTag<Void> none = ClassTag$.MODULE$.apply(Void.class);
    RDD<Tuple2<byte[], Void>> pairs =
        records.mapToPair(record -> new Tuple2<byte[], Void>(record, null)).rdd();
    return new ShuffledRDD<byte[], Void, Void>(
            pairs, new ByPrefix(prefixBytes, partitions), key, none, none)
        .setKeyOrdering(Ordering$.MODULE$.comparatorToOrdering(new InUnsignedOrder()))
        .setSerializer(new BytesSerializer())
        .toJavaRDD();
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
