package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.apache.spark.SparkEnv;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.spark.cluster.ExecutorMemory;
import org.kindling.spark.cluster.TaskDevice;
import org.kindling.training.Averaging;
import org.kindling.training.HeldState;
import org.kindling.training.RunDescription;
import org.kindling.training.ShardUpdate;
import org.kindling.training.StateLayout;
import org.kindling.training.StateShard;

/**
 * The states that this JVM holds, a run each: what a task gathers is there for the tasks after it,
 * which need no more than the updates since. Of the states that no task uses the one that was not
 * used for longest gives way, unless driver and tasks are one process: there it is the only copy.
 * Thread-safe.
 */
final class HeldStates {
  /** In the order of use. */
  private static final Map<String, Entry> ENTRIES = new LinkedHashMap<>(16, 0.75f, true);

  private static final class Entry {
    private final HeldState state;
    private final ReadWriteLock[] locks;
    private int users;

    private Entry(RunDescription run, StateLayout layout) {
      state = new HeldState(run, layout, isOneProcess());
      locks = new ReadWriteLock[layout.shards()];
      for (int s = 0; s < locks.length; s++) {
        locks[s] = new ReentrantReadWriteLock();
      }
    }
  }

  /** Something done with a shard of the state. */
  @FunctionalInterface
  interface ShardUse {
    void with(HeldState.Shard shard) throws IOException;
  }

  /** Something done with the whole state. */
  @FunctionalInterface
  interface Use<T> {
    T with(HeldState state) throws IOException;
  }

  private HeldStates() {}

  /**
   * Does something with every shard, each brought to the state that is asked for.
   *
   * @param first the shard to begin with: tasks that begin with different ones share the work
   */
  static void forEachShard(
      RunDescription run,
      StateLayout layout,
      StateRef wanted,
      int first,
      Received received,
      ShardUse use)
      throws IOException {
    try (Lent lent = new Lent(run, layout, wanted)) {
      for (int i = 0; i < layout.shards(); i++) {
        lent.use((first + i) % layout.shards(), received, use);
      }
    }
  }

  /** Does something with the whole state. Nothing brings it forward meanwhile. */
  static <T> T use(
      RunDescription run, StateLayout layout, StateRef wanted, Received received, Use<T> use)
      throws IOException {
    try (Lent lent = new Lent(run, layout, wanted)) {
      for (int shard = 0; shard < layout.shards(); shard++) {
        lent.use(shard, received, held -> {});
      }
      return use.with(lent.entry.state);
    }
  }

  /**
   * The whole state of a shard: what this process holds is brought forward, which the next round
   * would do anyway, and copied, unless it is further already.
   */
  static StateShard whole(
      RunDescription run, StateLayout layout, StateRef wanted, int shard, Received received)
      throws IOException {
    try (Lent lent = new Lent(run, layout, wanted)) {
      if (wanted.updates().isEmpty() || lent.entry.state.shard(shard).round() > wanted.round()) {
        return wanted.whole(shard, new Averaging(run), received);
      }
      List<StateShard> copy = new ArrayList<>();
      ShardUpdate newest = wanted.updates().get(wanted.updates().size() - 1).read(shard, received);
      lent.use(shard, received, held -> copy.add(held.copy(newest.moments())));
      return copy.get(0);
    }
  }

  /** What a task was lent. */
  private static final class Lent implements AutoCloseable {
    private final RunDescription run;
    private final StateLayout layout;
    private final StateRef wanted;
    private final Entry entry;

    /**
     * For shards that are further than the task wants: where rounds overlap, one whose results were
     * lost is made again after the state has gone on.
     */
    private Entry earlier;

    Lent(RunDescription run, StateLayout layout, StateRef wanted) throws IOException {
      this.run = run;
      this.layout = layout;
      this.wanted = wanted;
      this.entry = borrow(run, layout, wanted.run());
    }

    void use(int shard, Received received, ShardUse use) throws IOException {
      if (entry.state.shard(shard).round() > wanted.round()) {
        if (earlier == null) {
          requireMemory(run);
          earlier = new Entry(run, layout);
        }
        HeldStates.use(earlier, shard, wanted, received, use);
      } else {
        HeldStates.use(entry, shard, wanted, received, use);
      }
    }

    @Override
    public void close() {
      giveBack(entry);
      if (earlier != null) {
        earlier.state.close();
      }
    }
  }

  private static void use(Entry entry, int shard, StateRef wanted, Received received, ShardUse use)
      throws IOException {
    HeldState.Shard held = entry.state.shard(shard);
    ReadWriteLock lock = entry.locks[shard];
    lock.readLock().lock();
    if (held.round() != wanted.round()) {
      lock.readLock().unlock();
      lock.writeLock().lock();
      try {
        wanted.bring(held, received);
        lock.readLock().lock();
      } finally {
        lock.writeLock().unlock();
      }
    }
    try {
      use.with(held);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static synchronized Entry borrow(RunDescription run, StateLayout layout, String name)
      throws IOException {
    Entry entry = ENTRIES.get(name);
    if (entry == null) {
      makeRoom();
      requireMemory(run);
      entry = new Entry(run, layout);
      ENTRIES.put(name, entry);
    }
    entry.users++;
    return entry;
  }

  private static void requireMemory(RunDescription run) {
    OffHeapMemory.require(
        "state of the run", HeldState.bytes(run), "use a smaller model or fewer tasks per machine");
  }

  private static boolean isOneProcess() {
    return SparkEnv.get().executorId().equals("driver");
  }

  private static synchronized void giveBack(Entry entry) {
    entry.users--;
  }

  /** As many runs compute at once as there are tasks; one more is about to begin. */
  private static void makeRoom() {
    if (isOneProcess()) {
      return;
    }
    int most = Math.max(1, ExecutorMemory.tasksAtOnce(TaskDevice.CPU)) - 1;
    Iterator<Entry> oldestFirst = ENTRIES.values().iterator();
    while (ENTRIES.size() > most && oldestFirst.hasNext()) {
      Entry next = oldestFirst.next();
      if (next.users == 0) {
        next.state.close();
        oldestFirst.remove();
      }
    }
  }

  /** Frees a state in this JVM. */
  static synchronized void release(String name) {
    Entry entry = ENTRIES.remove(name);
    if (entry != null) {
      entry.state.close();
    }
  }
}
