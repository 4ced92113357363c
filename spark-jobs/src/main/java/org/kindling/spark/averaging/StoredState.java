package org.kindling.spark.averaging;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.kindling.training.StateShard;

/**
 * The state of a run as executors keep it between them: a whole state, and the updates of the
 * rounds since, which are all that executors gather that were there before. Between processes each
 * shard is on two of them.
 */
final class StoredState {
  private final String run;
  private long baseRound;

  /** Null where this process's own state is what the updates go on from. */
  private RDD<StateShard> base;

  private final List<RDD<?>> updates = new ArrayList<>();

  /**
   * @param base persisted
   * @param updates persisted, of the rounds after it
   */
  StoredState(String run, long baseRound, RDD<StateShard> base, List<RDD<?>> updates) {
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
    List<StoredUpdate> stored = new ArrayList<>();
    updates
        .subList(0, updates.size() - last)
        .forEach(update -> stored.add(StoredUpdate.of(update)));
    StoredShards<StateShard> whole = base == null ? null : new StoredShards<>(base.id());
    return new StateRef(run, baseRound, whole, stored);
  }

  /** Goes a round on. */
  void add(RDD<?> update) {
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
    freeBase();
    updates.subList(0, old).forEach(update -> update.unpersist(false));
    return next;
  }

  /**
   * Within one process: what its tasks hold already, which is as safe as any copy of it, is freed.
   * The newest update stays; moments are read from it.
   *
   * @param round after which all shards are that are held, or after a later one
   */
  void forget(long round) {
    int old = (int) Math.min(round - baseRound, updates.size() - 1);
    if (old >= 0) {
      freeBase();
      base = null;
      updates.subList(0, old).forEach(update -> update.unpersist(false));
      updates.subList(0, old).clear();
      baseRound += old;
    }
  }

  private void freeBase() {
    if (base != null) {
      base.unpersist(false);
    }
  }

  /** Takes it off the executors. */
  void free() {
    freeBase();
    updates.forEach(update -> update.unpersist(false));
  }
}
