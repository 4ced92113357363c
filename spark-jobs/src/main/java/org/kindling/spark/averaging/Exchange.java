package org.kindling.spark.averaging;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.kindling.training.Slicing;
import scala.Tuple2;

/** Brings what the workers made of each slice together. */
interface Exchange extends AutoCloseable {

  /** Partition s is one list: the contributions to slice s, in any order. */
  RDD<List<Contribution>> bySlice();

  /** Frees what was kept; to be called when nothing reads the contributions any more. */
  @Override
  void close();

  /**
   * @param trained a partition for each worker: one list, its contributions in the order of slices
   */
  static Exchange of(RDD<List<Contribution>> trained, Slicing slicing) {
    boolean isOneProcess = trained.context().isLocal();
    return isOneProcess && fits(slicing.size(), trained.getNumPartitions())
        ? new InMemory(trained, slicing.count())
        : new Shuffle(trained, slicing.count());
  }

  /**
   * Whether all contributions, of three vectors each, fit into the heap beside the state and the
   * outer momentum before and after the round. Otherwise they would go to disk whole, and be read
   * whole for every slice.
   */
  static boolean fits(long elements, int workers) {
    long bytes = Float.BYTES * elements * (3L * workers + 2 * 4);
    return bytes < 0.3 * Runtime.getRuntime().maxMemory();
  }

  /** Between processes: what a task made outlives it as a file, and travels slice by slice. */
  final class Shuffle implements Exchange {
    private final JavaPairRDD<Integer, Contribution> shuffled;

    Shuffle(RDD<List<Contribution>> trained, int slices) {
      shuffled =
          trained
              .toJavaRDD()
              .flatMap(List::iterator)
              .mapToPair(c -> new Tuple2<>(c.slice().index(), c))
              .partitionBy(new SlicePartitioner(slices));
    }

    @Override
    public RDD<List<Contribution>> bySlice() {
      return shuffled.values().glom().rdd();
    }

    @Override
    public void close() {
      shuffled.rdd().cleanShuffleDependencies(false);
    }
  }

  /** Within one process with room: contributions stay the objects they are, and one stage does. */
  final class InMemory implements Exchange {
    private final RDD<List<Contribution>> trained;
    private final int slices;

    InMemory(RDD<List<Contribution>> trained, int slices) {
      // To disk what does not fit: to train again instead would be worse.
      this.trained = trained.persist(StorageLevel.MEMORY_AND_DISK());
      this.slices = slices;
    }

    @Override
    public RDD<List<Contribution>> bySlice() {
      int tasks = trained.context().defaultParallelism();
      return new GatherRdd<>(trained, slices, tasks, InMemory::pick);
    }

    private static Iterator<List<Contribution>> pick(
        int slice, Iterator<List<Contribution>> workers) {
      List<Contribution> picked = new ArrayList<>();
      workers.forEachRemaining(contributions -> picked.add(contributions.get(slice)));
      return List.of(picked).iterator();
    }

    @Override
    public void close() {
      trained.unpersist(false);
    }
  }
}
