package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * All-gather: an RDD each of whose partitions reads every partition of another one, which are of
 * one element each. The dependencies are narrow, so the elements come from Spark's block manager,
 * wherever a replica is, and no shuffle is written.
 *
 * @param <P> elements of the other, such as shards of the state
 * @param <T> what a task makes of them
 */
final class AllGatherRdd<P, T> extends RDD<T> {
  private static final long serialVersionUID = 1L;

  /** What to do with the elements. */
  @FunctionalInterface
  interface Task<P, T> extends Serializable {
    /**
     * @param partition number of this task
     * @param elements each once, in any order; they are shared with other tasks, read only
     */
    Iterator<T> run(int partition, Iterator<P> elements) throws Exception;
  }

  private final int partitions;
  private final int lanes;
  private final Task<P, T> task;
  private RDD<P> parent;

  AllGatherRdd(RDD<P> parent, int partitions, Task<P, T> task) {
    this(parent, partitions, 1, task);
  }

  /**
   * @param lanes how many tasks run at once: where they also compute the parent, each begins with
   *     those that no other does
   */
  AllGatherRdd(RDD<P> parent, int partitions, int lanes, Task<P, T> task) {
    super(parent.context(), dependencies(parent), anyTag());
    this.parent = parent;
    this.partitions = partitions;
    this.lanes = lanes;
    this.task = task;
  }

  static <T> ClassTag<T> anyTag() {
    @SuppressWarnings("unchecked")
    ClassTag<T> tag = (ClassTag<T>) ClassTag$.MODULE$.AnyRef();
    return tag;
  }

  private static scala.collection.Seq<Dependency<?>> dependencies(RDD<?> parent) {
    List<Dependency<?>> all = List.of(new OnAllPartitions<>(parent));
    return JavaConverters.asScalaBuffer(all).toList();
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] all = new Partition[partitions];
    for (int i = 0; i < partitions; i++) {
      all[i] = new ReadingPartition(i, List.of(parent), new int[][] {order(i)});
    }
    return all;
  }

  /**
   * Every parent, by how far it is from the one of this number, in steps of {@code lanes} first.
   */
  private int[] order(int partition) {
    int parents = parent.getNumPartitions();
    int[] order = new int[parents];
    int filled = 0;
    for (int lane = 0; lane < lanes; lane++) {
      for (int distance = lane; distance < parents; distance += lanes) {
        order[filled++] = (partition + distance) % parents;
      }
    }
    return order;
  }

  @Override
  public void clearDependencies() {
    super.clearDependencies();
    parent = null;
  }

  @Override
  public scala.collection.Iterator<T> compute(Partition split, TaskContext context) {
    @SuppressWarnings("unchecked")
    RDD<P> parent = (RDD<P>) dependencies().head().rdd();
    Iterator<P> elements = new Elements<>(parent, ((ReadingPartition) split).of(0), context);
    try {
      return JavaConverters.asScalaIterator(task.run(split.index(), elements));
    } catch (RuntimeException e) {
      throw e;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException("partition " + split.index() + ": " + e.getMessage(), e);
    }
  }

  /** One after the other, on the task's own thread: Spark's block locks belong to it. */
  private static final class Elements<P> implements Iterator<P> {
    private final RDD<P> parent;
    private final Partition[] partitions;
    private final TaskContext context;
    private int read;

    Elements(RDD<P> parent, Partition[] partitions, TaskContext context) {
      this.parent = parent;
      this.partitions = partitions;
      this.context = context;
    }

    @Override
    public boolean hasNext() {
      return read < partitions.length;
    }

    @Override
    public P next() {
      return ZipRdd.element(parent, partitions[read++], context);
    }
  }

  /**
   * The order is rotated: Spark prefers the executor that has the first parent, and all tasks would
   * otherwise want to run on the same one.
   */
  private static final class OnAllPartitions<P> extends NarrowDependency<P> {
    private static final long serialVersionUID = 1L;

    private final int parents;

    OnAllPartitions(RDD<P> parent) {
      super(parent);
      this.parents = parent.getNumPartitions();
    }

    @Override
    public scala.collection.Seq<Object> getParents(int partition) {
      List<Object> all = new ArrayList<>();
      for (int i = 0; i < parents; i++) {
        all.add((partition + i) % parents);
      }
      return JavaConverters.asScalaBuffer(all).toList();
    }
  }
}
