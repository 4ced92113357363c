package org.kindling.spark.averaging;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.kindling.training.ShardUpdate;
import org.kindling.training.StateShard;

/**
 * The state of a run as executors keep it between them: a whole state, and the updates of the
 * rounds since, which are all that executors gather that were there before. Between processes each
 * shard is on two of them.
 */
final class StoredState {
  private final String run;
  private final long baseRound;
  private final RDD<StateShard> base;
  private final List<RDD<ShardUpdate>> updates = new ArrayList<>();

  /**
   * @param base persisted
   * @param updates persisted, of the rounds after it
   */
  StoredState(String run, long baseRound, RDD<StateShard> base, List<RDD<ShardUpdate>> updates) {
    this.run = run;
    this.baseRound = baseRound;
    this.base = base;
    this.updates.addAll(updates);
  }

  static <T> RDD<T> persisted(RDD<T> rdd) {
    boolean isOneProcess = rdd.context().isLocal();
    return rdd.persist(
        isOneProcess ? StorageLevel.MEMORY_AND_DISK() : StorageLevel.MEMORY_AND_DISK_2());
  }

  /** As tasks are told of it. */
  StateRef ref() {
    return refBefore(0);
  }

  /** The state before the last so many updates. */
  StateRef refBefore(int last) {
    List<StoredShards<ShardUpdate>> stored = new ArrayList<>();
    updates
        .subList(0, updates.size() - last)
        .forEach(update -> stored.add(new StoredShards<>(update.id())));
    return new StateRef(run, baseRound, new StoredShards<>(base.id()), stored);
  }

  /** Goes a round on. */
  void add(RDD<ShardUpdate> update) {
    updates.add(update);
  }

  int updates() {
    return updates.size();
  }

  /** The same state with a newer whole one in it; what is older is freed. */
  StoredState onTopOf(RDD<StateShard> newBase, int updatesAfter) {
    int old = updates.size() - updatesAfter;
    StoredState next =
        new StoredState(run, baseRound + old, newBase, updates.subList(old, updates.size()));
    base.unpersist(false);
    updates.subList(0, old).forEach(update -> update.unpersist(false));
    return next;
  }

  /** Takes it off the executors. */
  void free() {
    base.unpersist(false);
    updates.forEach(update -> update.unpersist(false));
  }
}
