package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;

/**
 * An RDD of one element a partition, made of the elements of the same partition of two others, or
 * of one. Spark's own operators do the same, but read and search the class file of each function
 * for what it captures: in a round of a small model that is more time than all the rest.
 *
 * @param <A> elements of the first
 * @param <B> elements of the second, if any
 * @param <T> what is made of them
 */
final class ZipRdd<A, B, T> extends RDD<T> {
  private static final long serialVersionUID = 1L;

  /** What to do with the elements. */
  @FunctionalInterface
  interface Task<A, B, T> extends Serializable {
    /**
     * @param second null if there is no second RDD
     */
    T run(A first, B second) throws IOException;
  }

  private final Task<A, B, T> task;
  private RDD<A> first;
  private RDD<B> second;

  /**
   * @param second null for none
   */
  ZipRdd(RDD<A> first, RDD<B> second, Task<A, B, T> task) {
    this(first, second, task, AllGatherRdd.anyTag());
  }

  /**
   * @param tag of what is made: Spark stores arrays of numbers faster than other objects
   */
  ZipRdd(RDD<A> first, RDD<B> second, Task<A, B, T> task, ClassTag<T> tag) {
    super(first.context(), dependencies(first, second), tag);
    this.first = first;
    this.second = second;
    this.task = task;
  }

  private static scala.collection.Seq<Dependency<?>> dependencies(RDD<?> first, RDD<?> second) {
    List<Dependency<?>> all = new ArrayList<>();
    all.add(new OneToOneDependency<>(first));
    if (second != null) {
      all.add(new OneToOneDependency<>(second));
    }
    return JavaConverters.asScalaBuffer(all).toList();
  }

  @Override
  public Partition[] getPartitions() {
    List<RDD<?>> parents = second == null ? List.of(first) : List.of(first, second);
    Partition[] all = new Partition[first.getNumPartitions()];
    for (int i = 0; i < all.length; i++) {
      int[][] same = new int[parents.size()][];
      Arrays.fill(same, new int[] {i});
      all[i] = new ReadingPartition(i, parents, same);
    }
    return all;
  }

  @Override
  public void clearDependencies() {
    super.clearDependencies();
    first = null;
    second = null;
  }

  @Override
  public scala.collection.Iterator<T> compute(Partition split, TaskContext context) {
    ReadingPartition partition = (ReadingPartition) split;
    A a = element(first, partition.of(0)[0], context);
    B b = second == null ? null : element(second, partition.of(1)[0], context);
    try {
      return JavaConverters.asScalaIterator(List.of(task.run(a, b)).iterator());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @throws IllegalStateException if the partition does not hold one element
   */
  static <P> P element(RDD<P> rdd, Partition partition, TaskContext context) {
    scala.collection.Iterator<P> content = rdd.iterator(partition, context);
    P found = content.hasNext() ? content.next() : null;
    if (found == null || content.hasNext()) {
      throw new IllegalStateException(
          "partition " + partition.index() + " of " + rdd + " does not hold one element");
    }
    return found;
  }
}
