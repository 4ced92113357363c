package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.NarrowDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.RDD;
import org.kindling.training.StateSlice;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * An RDD each of whose partitions reads every partition of the state. The dependencies are narrow,
 * so the slices come from Spark's block manager, wherever a replica is, and no shuffle is written.
 *
 * @param <T> what a task makes of the state
 */
final class GatherRdd<T> extends RDD<T> {
  private static final long serialVersionUID = 1L;

  /** What to do with the state. */
  @FunctionalInterface
  interface Task<T> extends Serializable {
    /**
     * @param partition number of this task
     * @param state every slice once, in any order; they are shared with other tasks, read only
     */
    Iterator<T> run(int partition, Iterator<StateSlice> state) throws Exception;
  }

  private final int partitions;
  private final Task<T> task;
  private RDD<StateSlice> state;

  GatherRdd(RDD<StateSlice> state, int partitions, Task<T> task) {
    super(state.context(), dependencies(state), anyTag());
    this.state = state;
    this.partitions = partitions;
    this.task = task;
  }

  static <T> ClassTag<T> anyTag() {
    @SuppressWarnings("unchecked")
    ClassTag<T> tag = (ClassTag<T>) ClassTag$.MODULE$.AnyRef();
    return tag;
  }

  private static scala.collection.Seq<Dependency<?>> dependencies(RDD<StateSlice> state) {
    List<Dependency<?>> all = List.of(new OnAllSlices(state));
    return JavaConverters.asScalaBuffer(all).toList();
  }

  @Override
  public Partition[] getPartitions() {
    Partition[] all = new Partition[partitions];
    for (int i = 0; i < partitions; i++) {
      all[i] = new GatherPartition(i, state);
    }
    return all;
  }

  @Override
  public void clearDependencies() {
    super.clearDependencies();
    state = null;
  }

  @Override
  public scala.collection.Iterator<T> compute(Partition split, TaskContext context) {
    @SuppressWarnings("unchecked")
    RDD<StateSlice> parent = (RDD<StateSlice>) dependencies().head().rdd();
    Iterator<StateSlice> slices = new Slices(parent, (GatherPartition) split, context);
    try {
      return JavaConverters.asScalaIterator(task.run(split.index(), slices));
    } catch (RuntimeException e) {
      throw e;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException("partition " + split.index() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads slice by slice, each task from another one on. One after the other, on the task's own
   * thread: Spark's block locks belong to it.
   */
  private static final class Slices implements Iterator<StateSlice> {
    private final RDD<StateSlice> state;
    private final GatherPartition partition;
    private final TaskContext context;
    private int read;

    Slices(RDD<StateSlice> state, GatherPartition partition, TaskContext context) {
      this.state = state;
      this.partition = partition;
      this.context = context;
    }

    @Override
    public boolean hasNext() {
      return read < partition.slices.length;
    }

    @Override
    public StateSlice next() {
      int slice = (partition.index + read++) % partition.slices.length;
      scala.collection.Iterator<StateSlice> content =
          state.iterator(partition.slices[slice], context);
      StateSlice found = content.next();
      if (content.hasNext() || found.index() != slice) {
        throw new IllegalStateException(
            "state partition " + slice + " does not hold slice " + slice + " alone");
      }
      return found;
    }
  }

  /** Carries the state's partitions, which tasks need in order to read them. */
  private static final class GatherPartition implements Partition {
    private static final long serialVersionUID = 1L;

    private final int index;
    private final transient RDD<StateSlice> state;
    private Partition[] slices;

    GatherPartition(int index, RDD<StateSlice> state) {
      this.index = index;
      this.state = state;
      this.slices = state.partitions();
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
      // The state may have been cut off its lineage since: its partitions are others then.
      if (state != null) {
        slices = state.partitions();
      }
      out.defaultWriteObject();
    }
  }

  /**
   * Every partition depends on every slice. The order is rotated: Spark prefers the executor that
   * has the first slice, and all tasks would otherwise want to run on the same one.
   */
  private static final class OnAllSlices extends NarrowDependency<StateSlice> {
    private static final long serialVersionUID = 1L;

    private final int slices;

    OnAllSlices(RDD<StateSlice> state) {
      super(state);
      this.slices = state.getNumPartitions();
    }

    @Override
    public scala.collection.Seq<Object> getParents(int partition) {
      List<Object> parents = new ArrayList<>();
      for (int i = 0; i < slices; i++) {
        parents.add((partition + i) % slices);
      }
      return JavaConverters.asScalaBuffer(parents).toList();
    }
  }
}
