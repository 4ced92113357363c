package org.kindling.spark.averaging;

import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.kindling.training.Averaging;
import org.kindling.training.StateShard;
import org.kindling.training.WorkerReport;

/**
 * The state of a run as executors keep it, without the lineage it was computed from.
 *
 * <p>Between processes state and outer momentum are kept apart, each twice: every worker's task
 * gathers the one and only the averaging needs the other. Within one process nothing travels, and
 * there is nobody to give a second replica to: both are views of one RDD.
 */
final class PersistedState {
  private final RDD<Averaging.Result> results;
  private final RDD<StateShard> shards;
  private final RDD<float[]> momentum;
  private final boolean isOneProcess;

  /**
   * @param results computed once, by {@link #persist}
   */
  PersistedState(RDD<Averaging.Result> results, boolean hasMomentum) {
    this.isOneProcess = results.context().isLocal();
    this.results = isOneProcess ? persisted(results) : results.persist(StorageLevel.MEMORY_ONLY());
    RDD<StateShard> shards = new ZipRdd<>(results, null, (r, none) -> r.state());
    RDD<float[]> momentum =
        hasMomentum ? new ZipRdd<>(results, null, (r, none) -> r.momentum()) : null;
    this.shards = isOneProcess ? shards : persisted(shards);
    this.momentum = isOneProcess || !hasMomentum ? momentum : persisted(momentum);
  }

  private static <T> RDD<T> persisted(RDD<T> rdd) {
    boolean isOneProcess = rdd.context().isLocal();
    rdd.persist(isOneProcess ? StorageLevel.MEMORY_AND_DISK() : StorageLevel.MEMORY_AND_DISK_2());
    return rdd.localCheckpoint();
  }

  /** A shard a partition. */
  RDD<StateShard> shards() {
    return shards;
  }

  /** The outer momentum of a shard a partition; null if there is none. */
  RDD<float[]> momentum() {
    return momentum;
  }

  /**
   * Computes the state. To be called once.
   *
   * @return what the workers reported with each shard
   */
  List<List<WorkerReport>> persist() {
    try {
      return new ZipRdd<>(shards, isOneProcess ? null : momentum, (s, none) -> s.reports())
          .elements();
    } catch (Throwable e) {
      free();
      throw e;
    } finally {
      if (!isOneProcess) {
        results.unpersist(false);
      }
    }
  }

  /** Takes the state off the executors. */
  void free() {
    if (isOneProcess) {
      results.unpersist(false);
      return;
    }
    shards.unpersist(false);
    if (momentum != null) {
      momentum.unpersist(false);
    }
  }
}
