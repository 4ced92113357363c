package org.kindling.spark.cluster;

import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.kindling.kernels.AssignedGpu;
import org.kindling.kernels.GpuReport;
import org.kindling.kernels.Gpus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the task on this thread computes on: the CPU, or the GPU that Spark assigned to it. */
public final class TaskDevice {
  /** Says that a task computes on the CPU. */
  public static final int CPU = -1;

  private static final Logger LOG = LoggerFactory.getLogger(TaskDevice.class);
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  private static final AtomicBoolean DESCRIBED = new AtomicBoolean();

  private TaskDevice() {}

  /**
   * Has this thread compute on its task's device. Every task does so anew, by {@link
   * TaskArithmetic#require}, since Spark gives threads and addresses out anew.
   *
   * @return address of the GPU, or {@link #CPU}
   * @throws IllegalArgumentException if the GPU cannot be used
   */
  static int use() {
    TaskContext task = TaskContext.get();
    OptionalInt given = task == null ? OptionalInt.empty() : given(task.resourcesJMap());
    given.ifPresentOrElse(AssignedGpu::set, AssignedGpu::clear);
    if (given.isPresent() || Gpus.hasBackend()) {
      describeOnce();
    }
    if (Gpus.hasBackend()) {
      return pin(task, Gpus::use);
    }
    say(given.isPresent() ? "GPU " + given.getAsInt() + " assigned" : "backend cpu");
    return given.orElse(CPU);
  }

  /**
   * Has this thread compute on the GPU that Spark gave to its task.
   *
   * @param bind what does so, given an address
   */
  static int pin(TaskContext task, IntFunction<Gpus.Gpu> bind) {
    int address = task == null ? 0 : address(task.resourcesJMap());
    AssignedGpu.set(address);
    Gpus.Gpu gpu = bind.apply(address);
    say(
        "backend cuda, GPU "
            + gpu.address()
            + " "
            + gpu.name()
            + ", compute capability "
            + gpu.capability()
            + ", driver "
            + gpu.driver());
    return address;
  }

  /** A task without assigned GPUs takes the first, as if the executor had been given it alone. */
  static int address(Map<String, ResourceInformation> resources) {
    return given(resources).orElse(0);
  }

  private static OptionalInt given(Map<String, ResourceInformation> resources) {
    ResourceInformation gpus = resources.get("gpu");
    if (gpus == null) {
      return OptionalInt.empty();
    }
    String[] addresses = gpus.addresses();
    if (addresses.length != 1) {
      throw new IllegalArgumentException(
          "spark.task.resource.gpu.amount: a task was given "
              + addresses.length
              + " GPUs and computes on one; set it to 1, or to a fraction to share one");
    }
    try {
      return OptionalInt.of(Integer.parseInt(addresses[0]));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "GPU address '"
              + addresses[0]
              + "': expected a number as gpu/discover-gpus.sh prints; use that script",
          e);
    }
  }

  /** The driver, its cards and what is missing: once a process, since cards may have to wake up. */
  private static void describeOnce() {
    if (DESCRIBED.compareAndSet(false, true)) {
      say(GpuReport.ofThisMachine().line());
    }
  }

  private static void say(String what) {
    if (SAID.add(what)) {
      LOG.info("executor {}: {}", executor(), what);
    }
  }

  private static String executor() {
    SparkEnv environment = SparkEnv.get();
    return environment == null ? "of this process" : environment.executorId();
  }
}
