package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.kindling.kernels.MemoryShortageException;
import org.kindling.spark.cluster.ExecutorMemory;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.cluster.TaskArithmetic;
import org.kindling.storage.Storage;
import org.kindling.training.RunDescription;
import org.kindling.training.Worker;

/**
 * Idle workers of this JVM. Their buffers are large and their set-up slow, so a task borrows one
 * and gives it back. A worker carries nothing from task to task: whoever borrows it loads the whole
 * state first. Busy and idle ones together are never more than the tasks that run at once, which
 * bounds the memory outside the heap. Thread-safe.
 */
final class Replicas {
  private static final Deque<Idle> IDLE = new ArrayDeque<>();

  private static int busy;

  private record Idle(RunDescription run, int device, Worker worker) {}

  /** Something done with a borrowed worker. */
  @FunctionalInterface
  interface Use<T> {
    T with(Worker worker) throws IOException;
  }

  private Replicas() {}

  static <T> T use(RunDescription run, Storage storage, Use<T> use) throws IOException {
    int device = TaskArithmetic.require(KernelRequest.ofTraining(run));
    Worker worker = borrow(run, device);
    boolean sound = false;
    try {
      if (worker == null) {
        worker = open(run, storage);
      }
      T result = use.with(worker);
      sound = true;
      return result;
    } finally {
      giveBack(sound ? new Idle(run, device, worker) : null);
      if (!sound && worker != null) {
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

  /** Null if there is none; one of another run that has waited longest makes room then. */
  private static synchronized Worker borrow(RunDescription run, int device) throws IOException {
    busy++;
    for (Iterator<Idle> it = IDLE.iterator(); it.hasNext(); ) {
      Idle idle = it.next();
      if (idle.device() == device && idle.run().equals(run)) {
        it.remove();
        return idle.worker();
      }
    }
    makeRoom();
    return null;
  }

  /**
   * @param sound null if the worker may hold anything by now
   */
  private static synchronized void giveBack(Idle sound) throws IOException {
    busy--;
    if (sound != null) {
      IDLE.addFirst(sound);
    }
    makeRoom();
  }

  private static void makeRoom() throws IOException {
    while (!IDLE.isEmpty() && busy + IDLE.size() > ExecutorMemory.tasksAtOnce()) {
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
