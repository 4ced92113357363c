package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.Partition;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.JavaConverters;

/**
 * An RDD whose partitions are the results of a task, by number. What tasks read of the run's state
 * they find by {@link StoredShards}, so that nothing of it has to be told with every partition, and
 * an RDD of a round does not hold those of the rounds before.
 *
 * @param <T> what the task makes
 */
final class TaskRdd<T> extends RDD<T> {
  private static final long serialVersionUID = 1L;

  /** What partition {@code number} holds. */
  @FunctionalInterface
  interface Task<T> extends Serializable {
    Iterator<T> run(int number) throws IOException;
  }

  /** Where a partition should be computed. */
  @FunctionalInterface
  interface Places {
    /** Hosts or executors, as Spark writes them. */
    List<String> of(int number);
  }

  private final int partitions;
  private final Task<T> task;
  private final transient Places places;
  private transient List<Dependency<?>> wanted;

  TaskRdd(SparkContext spark, int partitions, Places places, Task<T> task) {
    this(spark, partitions, places, List.of(), task);
  }

  /**
   * @param wanted shuffles that the task reads by itself
   */
  TaskRdd(
      SparkContext spark, int partitions, Places places, List<Dependency<?>> wanted, Task<T> task) {
    super(spark, sequence(wanted), AllGatherRdd.anyTag());
    this.partitions = partitions;
    this.places = places;
    this.wanted = wanted;
    this.task = task;
  }

  private static scala.collection.Seq<Dependency<?>> sequence(List<Dependency<?>> all) {
    return JavaConverters.asScalaBuffer(all).toList();
  }

  /**
   * Forgets the shuffles: to be called when nothing will compute a partition again. What they were
   * made from would otherwise be kept to the end of the run.
   */
  void cut() {
    wanted = List.of();
    clearDependencies();
  }

  @Override
  public scala.collection.Seq<Dependency<?>> getDependencies() {
    return sequence(wanted);
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] all = new Partition[partitions];
    for (int i = 0; i < partitions; i++) {
      all[i] = new Numbered(i);
    }
    return all;
  }

  @Override
  public scala.collection.Seq<String> getPreferredLocations(Partition split) {
    return JavaConverters.asScalaBuffer(places.of(split.index())).toList();
  }

  @Override
  public scala.collection.Iterator<T> compute(Partition split, TaskContext context) {
    try {
      return JavaConverters.asScalaIterator(task.run(split.index()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private record Numbered(int index) implements Partition {
    @Override
    public boolean equals(Object other) {
      return other instanceof Numbered that && that.index == index;
    }

    @Override
    public int hashCode() {
      return index;
    }
  }
}
