package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.kindling.spark.cluster.DeviceTask;
import org.kindling.spark.cluster.ExecutorMemory;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.storage.Storage;
import org.kindling.training.RunDescription;
import org.kindling.training.Worker;

/**
 * Idle workers of this JVM. Their buffers are large and their set-up slow, so a task borrows one
 * and gives it back. A worker carries nothing from task to task: whoever borrows it loads the whole
 * state first. Busy and idle ones of a device together are never more than the tasks that run on it
 * at once, which bounds the memory outside the heap and on each GPU. Thread-safe.
 */
final class Replicas {
  /** By device: a worker's tensors lie on one. */
  private static final Map<Integer, LendingPool<RunDescription, Worker>> POOLS =
      new ConcurrentHashMap<>();

  /** Something done with a borrowed worker. */
  @FunctionalInterface
  interface Use<T> {
    T with(Worker worker) throws IOException;
  }

  private Replicas() {}

  static <T> T use(RunDescription run, Storage storage, Use<T> use) throws IOException {
    return DeviceTask.run(
        KernelRequest.ofTraining(run),
        device -> pool(device).use(run, () -> Worker.open(run, storage), use::with));
  }

  /**
   * Lends a worker of a device for as long as the results of a task are read.
   *
   * @param device that this thread computes on
   */
  static LendingPool<RunDescription, Worker>.Loan lend(
      RunDescription run, Storage storage, int device) throws IOException {
    return pool(device).lend(run, () -> Worker.open(run, storage));
  }

  private static LendingPool<RunDescription, Worker> pool(int device) {
    return POOLS.computeIfAbsent(
        device, d -> new LendingPool<>(() -> ExecutorMemory.tasksAtOnce(d)));
  }

  /** Frees the workers of a run in this JVM. */
  static void release(RunDescription run) throws IOException {
    for (LendingPool<RunDescription, Worker> pool : POOLS.values()) {
      pool.close(run::equals);
    }
  }
}
