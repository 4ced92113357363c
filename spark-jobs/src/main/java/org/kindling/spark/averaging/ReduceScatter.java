package org.kindling.spark.averaging;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.kindling.training.Sharding;
import scala.Tuple2;

/**
 * Brings the workers' updates of each shard together, where one task reduces them: with {@link
 * org.kindling.training.Averaging} a reduce-scatter.
 */
interface ReduceScatter extends AutoCloseable {

  /** Partition s is one list: the updates to shard s, in any order. */
  RDD<List<Update>> byShard();

  /** Frees what was persisted; to be called when nothing reads the updates any more. */
  @Override
  void close();

  /**
   * @param trained a partition for each worker: one list, its updates in the order of shards
   */
  static ReduceScatter of(RDD<List<Update>> trained, Sharding sharding) {
    boolean isOneProcess = trained.context().isLocal();
    return isOneProcess && fits(sharding.size(), trained.getNumPartitions())
        ? new InMemory(trained, sharding.count())
        : new Shuffle(trained, sharding.count());
  }

  /**
   * Whether all updates, of three vectors each, fit into the heap beside the state and the outer
   * momentum before and after the round. Otherwise they would go to disk whole, and be read whole
   * for every shard.
   */
  static boolean fits(long elements, int workers) {
    long bytes = Float.BYTES * elements * (3L * workers + 2 * 4);
    return bytes < 0.3 * Runtime.getRuntime().maxMemory();
  }

  /** Between processes: what a task made outlives it as a file, and travels shard by shard. */
  final class Shuffle implements ReduceScatter {
    private final JavaPairRDD<Integer, Update> shuffled;

    Shuffle(RDD<List<Update>> trained, int shards) {
      shuffled =
          trained
              .toJavaRDD()
              .flatMap(List::iterator)
              .mapToPair(update -> new Tuple2<>(update.shard().index(), update))
              .partitionBy(new ShardPartitioner(shards));
    }

    @Override
    public RDD<List<Update>> byShard() {
      return shuffled.values().glom().rdd();
    }

    @Override
    public void close() {
      shuffled.rdd().cleanShuffleDependencies(false);
    }
  }

  /** Within one process with room: updates stay the objects they are, and one stage does. */
  final class InMemory implements ReduceScatter {
    private final RDD<List<Update>> trained;
    private final int shards;

    InMemory(RDD<List<Update>> trained, int shards) {
      // To disk what does not fit: to train again instead would be worse.
      this.trained = trained.persist(StorageLevel.MEMORY_AND_DISK());
      this.shards = shards;
    }

    @Override
    public RDD<List<Update>> byShard() {
      int tasks = trained.context().defaultParallelism();
      return new AllGatherRdd<>(trained, shards, tasks, InMemory::pick);
    }

    private static Iterator<List<Update>> pick(int shard, Iterator<List<Update>> workers) {
      List<Update> picked = new ArrayList<>();
      workers.forEachRemaining(updates -> picked.add(updates.get(shard)));
      return List.of(picked).iterator();
    }

    @Override
    public void close() {
      trained.unpersist(false);
    }
  }
}
