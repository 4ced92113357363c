package org.kindling.spark.cluster;

import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;
import org.kindling.kernels.Arithmetic;

/**
 * Which stages hold GPUs. Where executors have some and nothing says how many a task takes, the
 * stages that train and score take one a task; all others run on the cores of the same executors
 * and hold none.
 *
 * <pre>{@code
 * GpuStages.onGpus(spark.parallelize(pieces, tasks), request).map(piece -> score(piece))
 * }</pre>
 *
 * <p>Spark 3.5 can do so for whole GPUs and a fixed number of executors. It divides a GPU between
 * tasks only as {@code spark.task.resource.gpu.amount} says, for all stages of an application; and
 * where executors come and go by demand, a stage with other resources would want executors of its
 * own. In both cases {@link #complete} sets the amount for all stages.
 *
 * <p>Thread-safe.
 */
public final class GpuStages {
  /** A setting of Spark's kind: GPUs of a task that trains or scores. */
  static final String PER_TASK = "spark.kindling.gpuPerTask";

  static final String OF_TASK = "spark.task.resource.gpu.amount";
  static final String OF_EXECUTOR = "spark.executor.resource.gpu.amount";

  /** One for each application: Spark keeps every profile it has seen until the end. */
  private static final Map<SparkContext, ResourceProfile> PROFILES = new WeakHashMap<>();

  private GpuStages() {}

  /**
   * Has the stage of an RDD hold a GPU a task, if it is for stages to ask and a request may compute
   * on one.
   *
   * @return the same RDD
   */
  public static <R extends RDD<?>> R onGpus(R rdd, KernelRequest request) {
    SparkContext spark = rdd.context();
    if (mayUseGpu(request) && areHeldByStages(spark.conf())) {
      rdd.withResources(profile(spark));
    }
    return rdd;
  }

  /** As {@link #onGpus(RDD, KernelRequest)}. */
  public static <T> JavaRDD<T> onGpus(JavaRDD<T> rdd, KernelRequest request) {
    onGpus(rdd.rdd(), request);
    return rdd;
  }

  private static ResourceProfile profile(SparkContext spark) {
    synchronized (PROFILES) {
      return PROFILES.computeIfAbsent(
          spark,
          any ->
              new ResourceProfileBuilder()
                  .require(new TaskResourceRequests().resource("gpu", 1))
                  .build());
    }
  }

  private static boolean mayUseGpu(KernelRequest request) {
    // These compute on the CPU whatever an executor has.
    return !request.kernels().neverOnGpu() || request.networks();
  }

  private static boolean areHeldByStages(SparkConf conf) {
    return gpusOfExecutor(conf) > 0
        && !conf.contains(OF_TASK)
        && perTask(conf) == 1
        && !conf.getBoolean("spark.dynamicAllocation.enabled", false);
  }

  /**
   * Sets how many GPUs tasks of all stages take, where stages cannot ask by themselves. To be
   * called before Spark starts.
   *
   * @throws IllegalArgumentException if the amounts contradict each other or the number of GPUs
   */
  static void complete(SparkConf conf) {
    double perTask = perTask(conf);
    boolean isGiven = conf.contains(PER_TASK);
    if (isGiven && gpusOfExecutor(conf) == 0) {
      throw new IllegalArgumentException(
          PER_TASK
              + ": executors have no GPUs; set "
              + OF_EXECUTOR
              + " and a master other than local, or leave it out");
    }
    if (isGiven && conf.contains(OF_TASK) && number(conf, OF_TASK, "0") != perTask) {
      throw new IllegalArgumentException(
          PER_TASK
              + ": is "
              + conf.get(PER_TASK)
              + ", and "
              + OF_TASK
              + " is "
              + conf.get(OF_TASK)
              + "; leave one of them out");
    }
    if (gpusOfExecutor(conf) > 0 && !areHeldByStages(conf)) {
      conf.setIfMissing(OF_TASK, conf.get(PER_TASK, "1"));
    }
  }

  /**
   * What to say of tasks that hold a GPU and compute without it; empty if none do.
   *
   * @param arithmetic how executors compute what was asked for
   */
  static Optional<String> idle(SparkConf conf, KernelRequest request, Arithmetic arithmetic) {
    boolean held = areHeldByStages(conf) && mayUseGpu(request) || number(conf, OF_TASK, "0") > 0;
    return held && !arithmetic.usesGpu()
        ? Optional.of(
            "tasks hold GPUs and compute on the CPU, since no kernels on the executors' class path"
                + " were built for GPUs; see docs/gpu.md, or ask for device cpu and leave the gpu"
                + " settings out")
        : Optional.empty();
  }

  /** Most tasks on GPUs that an executor runs at once for a request, apart from its cores. */
  static int tasksAtOnce(SparkConf conf, KernelRequest request) {
    boolean isFree = !mayUseGpu(request) && !conf.contains(OF_TASK);
    double most = isFree ? Integer.MAX_VALUE : gpusOfExecutor(conf) * tasksPerGpu(conf);
    return gpusOfExecutor(conf) == 0 ? Integer.MAX_VALUE : (int) Math.max(1, most);
  }

  /** Most tasks that share a GPU; less than 1 if a task takes several. */
  static double tasksPerGpu(SparkConf conf) {
    double amount = conf.contains(OF_TASK) ? number(conf, OF_TASK, "0") : perTask(conf);
    boolean isLimited = gpusOfExecutor(conf) > 0 && amount > 0;
    double tasks = isLimited ? 1 / amount : Integer.MAX_VALUE;
    return tasks < 1 ? tasks : Math.floor(tasks);
  }

  /** In one process Spark hands out no GPUs. */
  private static int gpusOfExecutor(SparkConf conf) {
    boolean isOneProcess = conf.get("spark.master", "").matches("local(\\[.*)?");
    return isOneProcess ? 0 : (int) number(conf, OF_EXECUTOR, "0");
  }

  private static double perTask(SparkConf conf) {
    double amount = number(conf, PER_TASK, "1");
    if (amount != 1 && !(amount > 0 && amount <= 0.5)) {
      throw new IllegalArgumentException(
          PER_TASK
              + ": "
              + conf.get(PER_TASK)
              + ", expected 1, or at most 0.5 for tasks that share a GPU, such as 0.25 for four");
    }
    return amount;
  }

  private static double number(SparkConf conf, String key, String otherwise) {
    String value = conf.get(key, otherwise);
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(key + ": '" + value + "', expected a number", e);
    }
  }
}
