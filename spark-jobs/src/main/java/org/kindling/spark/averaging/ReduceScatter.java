package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.FutureAction;
import org.apache.spark.ShuffleDependency;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.executor.TempShuffleReadMetrics;
import org.apache.spark.rdd.RDD;
import org.apache.spark.rdd.ShuffledRDD;
import org.apache.spark.shuffle.ShuffleHandle;
import org.apache.spark.shuffle.ShuffleReader;
import org.apache.spark.storage.StorageLevel;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.training.ShardUpdate;
import org.kindling.training.StateLayout;
import org.kindling.training.WorkerReport;
import scala.Product2;
import scala.Tuple2;
import scala.reflect.ClassTag;

/**
 * Brings the workers' updates of each shard together, where one task reduces them: with {@link
 * org.kindling.training.Averaging} a reduce-scatter.
 */
interface ReduceScatter extends AutoCloseable {

  /** Partition s, for every shard s, is one list: the updates to it, in any order. */
  RDD<List<Update>> byShard();

  /**
   * Trains, and does not wait for it; only where workers announce their reports.
   *
   * @return lists of reports, in any order
   */
  FutureAction<List<List<WorkerReport>>> reports();

  /** How the tasks of the next round find what a worker made. */
  RoundStart.MadeUpdates made();

  /** What an RDD that reads {@link #made} has to name. */
  List<Dependency<?>> dependencies();

  /** Frees what was kept; to be called when nothing reads the updates any more. */
  @Override
  void close() throws IOException;

  /**
   * @param trained a partition for each worker: its updates in the order of shards
   */
  static ReduceScatter of(TaskRdd<Update> trained, StateLayout layout) {
    boolean isOneProcess = trained.context().isLocal();
    return isOneProcess && fits(layout.elements(), trained.getNumPartitions())
        ? new InMemory(trained, layout.shards())
        : new Shuffle(trained, layout.shards());
  }

  /**
   * Whether all updates, of so many numbers each, fit into the heap beside the state before and
   * after the round. Otherwise they would go to disk whole, and be read whole for every shard.
   */
  static boolean fits(long elements, int workers) {
    long bytes = Float.BYTES * elements * (workers + 3L);
    return bytes < 0.3 * Runtime.getRuntime().maxMemory();
  }

  private static List<WorkerReport> reportsOf(List<Update> announced) {
    return announced.stream().flatMap(update -> update.shard().reports().stream()).toList();
  }

  /** Between processes: what a task made outlives it as a file, and travels shard by shard. */
  final class Shuffle implements ReduceScatter {
    private final TaskRdd<Update> trained;
    private final ShuffledRDD<Integer, Update, Update> shuffled;
    private final int shards;

    Shuffle(TaskRdd<Update> trained, int shards) {
      this.trained = trained;
      this.shards = shards;
      // One partition behind the shards, for what is announced.
      RDD<Tuple2<Integer, Update>> pairs =
          trained
              .toJavaRDD()
              .mapToPair(update -> new Tuple2<>(update.shard().shard(), update))
              .rdd();
      ClassTag<Integer> key = AllGatherRdd.anyTag();
      ClassTag<Update> value = AllGatherRdd.anyTag();
      shuffled =
          new ShuffledRDD<Integer, Update, Update>(
                  pairs, new ShardPartitioner(shards + 1), key, value, value)
              .setSerializer(new UpdateSerializer());
    }

    @Override
    public RDD<List<Update>> byShard() {
      return shuffled.toJavaRDD().map(Tuple2::_2).glom().rdd();
    }

    @Override
    public FutureAction<List<List<WorkerReport>>> reports() {
      return OneEach.submit(byShard(), shards, shards + 1, ReduceScatter::reportsOf);
    }

    @Override
    public RoundStart.MadeUpdates made() {
      return new InShuffle(dependency().shuffleHandle(), trained.getNumPartitions());
    }

    @Override
    public List<Dependency<?>> dependencies() {
      return List.of(dependency());
    }

    private ShuffleDependency<?, ?, ?> dependency() {
      return (ShuffleDependency<?, ?, ?>) shuffled.dependencies().head();
    }

    @Override
    public void close() {
      shuffled.cleanShuffleDependencies(false);
      trained.cut();
    }
  }

  /** Reads what one task wrote to a shuffle for one shard. */
  record InShuffle(ShuffleHandle handle, int workers) implements RoundStart.MadeUpdates {
    @Override
    public ShardUpdate of(int worker, int shard, Received received) throws IOException {
      if (worker >= workers) {
        return null;
      }
      TaskContext context = TaskContext.get();
      TempShuffleReadMetrics metrics = context.taskMetrics().createTempShuffleReadMetrics();
      ShuffleReader<Integer, Update> reader =
          SparkEnv.get()
              .shuffleManager()
              .getReader(handle, worker, worker + 1, shard, shard + 1, context, metrics);
      scala.collection.Iterator<Product2<Integer, Update>> found = reader.read();
      ShardUpdate update = found.hasNext() ? found.next()._2().shard() : null;
      if (update == null || found.hasNext()) {
        throw new IOException("the update of worker " + worker + " to shard " + shard + " is gone");
      }
      received.add(metrics.remoteBytesRead());
      return update;
    }
  }

  /** Within one process with room: updates stay the objects they are, and one stage does. */
  final class InMemory implements ReduceScatter {
    private final RDD<List<Update>> trained;
    private final int shards;

    InMemory(TaskRdd<Update> trained, int shards) {
      // To disk what does not fit: to train again instead would be worse.
      this.trained = trained.toJavaRDD().glom().rdd().persist(StorageLevel.MEMORY_AND_DISK());
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
    public FutureAction<List<List<WorkerReport>>> reports() {
      int announced = shards;
      return OneEach.submit(
          trained,
          0,
          trained.getNumPartitions(),
          updates -> updates.get(announced).shard().reports());
    }

    @Override
    public RoundStart.MadeUpdates made() {
      StoredShards<List<Update>> stored = new StoredShards<>(trained.id());
      int workers = trained.getNumPartitions();
      return (worker, shard, received) ->
          worker < workers ? stored.read(worker, received).get(shard).shard() : null;
    }

    @Override
    public List<Dependency<?>> dependencies() {
      return List.of();
    }

    @Override
    public void close() {
      trained.unpersist(false);
    }
  }
}
