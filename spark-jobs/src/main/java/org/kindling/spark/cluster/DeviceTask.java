package org.kindling.spark.cluster;

import java.io.IOException;
import org.apache.spark.SparkEnv;
import org.kindling.kernels.AssignedGpu;

/**
 * The one way in which a task computes: on the device that Spark gave it, as the job's executors
 * do, and with a card's failure told as such. Training and scoring both go through here.
 */
public final class DeviceTask {
  /** What a task does on its device. */
  @FunctionalInterface
  public interface Work<T> {
    /**
     * @param device address of the GPU, or {@link TaskDevice#CPU}
     */
    T on(int device) throws IOException;
  }

  private DeviceTask() {}

  /**
   * Runs work on the device of this thread's task.
   *
   * @throws IllegalArgumentException if it computes otherwise than the job expects, or cannot
   * @throws GpuFailureException if the card fails; Spark tries the task again. If this process can
   *     use the card no more, an executor ends, and the task goes to another
   */
  public static <T> T run(KernelRequest request, Work<T> work) throws IOException {
    try {
      return work.on(TaskArithmetic.require(request));
    } catch (RuntimeException | IOException | Error e) {
      if (GpuFailureException.isOfCard(e)) {
        GpuFailureException failure =
            new GpuFailureException(AssignedGpu.ofThisThread(), host(), e);
        if (failure.endsProcess()) {
          ExecutorEnd.begin(failure.getMessage());
        }
        throw failure;
      }
      throw e;
    } finally {
      AssignedGpu.clear();
    }
  }

  private static String host() {
    SparkEnv environment = SparkEnv.get();
    return environment == null
        ? "this machine"
        : "host " + environment.blockManager().blockManagerId().host();
  }
}
