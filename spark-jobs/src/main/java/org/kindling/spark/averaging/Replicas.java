package org.kindling.spark.averaging;

import java.io.IOException;
import org.kindling.spark.cluster.DeviceTask;
import org.kindling.spark.cluster.ExecutorMemory;
import org.kindling.spark.cluster.KernelRequest;
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
  private static final LendingPool<Key, Worker> POOL =
      new LendingPool<>(ExecutorMemory::tasksAtOnce);

  /** A worker's tensors lie on one device. */
  private record Key(RunDescription run, int device) {}

  /** Something done with a borrowed worker. */
  @FunctionalInterface
  interface Use<T> {
    T with(Worker worker) throws IOException;
  }

  private Replicas() {}

  static <T> T use(RunDescription run, Storage storage, Use<T> use) throws IOException {
    return DeviceTask.run(
        KernelRequest.ofTraining(run),
        device -> POOL.use(new Key(run, device), () -> Worker.open(run, storage), use::with));
  }

  /** Frees the workers of a run in this JVM. */
  static void release(RunDescription run) throws IOException {
    POOL.close(key -> key.run().equals(run));
  }
}
