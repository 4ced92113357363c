package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.kindling.kernels.MemoryShortageException;
import org.kindling.storage.Storage;
import org.kindling.training.RunDescription;
import org.kindling.training.Worker;

/**
 * Idle workers of this JVM. Their buffers are large and their set-up slow, so a task borrows one
 * and gives it back. A worker carries nothing from task to task: whoever borrows it loads the whole
 * state first. Thread-safe.
 */
final class Replicas {
  private static final Deque<Idle> IDLE = new ArrayDeque<>();

  private record Idle(RunDescription run, Worker worker) {}

  /** Something done with a borrowed worker. */
  @FunctionalInterface
  interface Use<T> {
    T with(Worker worker) throws IOException;
  }

  private Replicas() {}

  static <T> T use(RunDescription run, Storage storage, Use<T> use) throws IOException {
    Worker worker = borrow(run);
    if (worker == null) {
      worker = open(run, storage);
    }
    boolean sound = false;
    try {
      T result = use.with(worker);
      sound = true;
      return result;
    } finally {
      if (sound) {
        giveBack(run, worker);
      } else {
        worker.close();
      }
    }
  }

  private static Worker open(RunDescription run, Storage storage) throws IOException {
    try {
      return Worker.open(run, storage);
    } catch (MemoryShortageException e) {
      // Idle workers of other runs may hold what this one needs.
      if (!closeIdle()) {
        throw e;
      }
      return Worker.open(run, storage);
    }
  }

  private static synchronized boolean closeIdle() throws IOException {
    boolean any = !IDLE.isEmpty();
    while (!IDLE.isEmpty()) {
      IDLE.removeLast().worker().close();
    }
    return any;
  }

  private static synchronized Worker borrow(RunDescription run) {
    for (Iterator<Idle> it = IDLE.iterator(); it.hasNext(); ) {
      Idle idle = it.next();
      if (idle.run().equals(run)) {
        it.remove();
        return idle.worker();
      }
    }
    return null;
  }

  /** Keeps as many as could run at once; the one that has waited longest makes room. */
  private static synchronized void giveBack(RunDescription run, Worker worker) throws IOException {
    IDLE.addFirst(new Idle(run, worker));
    while (IDLE.size() > Runtime.getRuntime().availableProcessors()) {
      IDLE.removeLast().worker().close();
    }
  }

  /** Frees the workers of a run in this JVM. */
  static synchronized void release(RunDescription run) throws IOException {
    for (Iterator<Idle> it = IDLE.iterator(); it.hasNext(); ) {
      Idle idle = it.next();
      if (idle.run().equals(run)) {
        it.remove();
        idle.worker().close();
      }
    }
  }
}
