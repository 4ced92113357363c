package org.kindling.spark.cluster;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * Memory outside the heap that an executor needs, and what it was given. A run takes
 *
 * <pre>
 * tasks at once · bytes of one replica + bytes of the state + {@link #REST_BYTES}
 * </pre>
 *
 * <p>with tasks at once = {@code spark.executor.cores} / {@code spark.task.cpus}, or fewer where
 * tasks hold GPUs ({@link GpuStages}), and the bytes of a replica as {@link
 * org.kindling.model.MemoryEstimate} adds them up. Where an executor is a container of limited
 * size, on YARN and Kubernetes, that has to fit into {@code spark.executor.memoryOverhead}.
 *
 * @param tasks that an executor runs at once
 * @param replicaBytes of one worker's model, optimizer and activations
 * @param stateBytes of the run's state, which an executor holds once
 * @param overheadBytes of a container outside the heap; 0 where there is no container
 */
public record ExecutorMemory(int tasks, long replicaBytes, long stateBytes, long overheadBytes) {
  /** Classes, threads, code and network buffers of the JVM. */
  static final long REST_BYTES = 256L << 20;

  private static final long LEAST_OVERHEAD = 384L << 20;
  private static final Pattern LOCAL_THREADS =
      Pattern.compile("^local(?:-cluster\\[\\d+\\s*,\\s*|\\[)(\\d+)");

  /** What the settings of a job come to. */
  public static ExecutorMemory of(SparkConf conf, KernelRequest request, long replicaBytes) {
    int tasks = Math.min(tasksAtOnce(conf), GpuStages.tasksAtOnce(conf, request));
    return new ExecutorMemory(tasks, replicaBytes, 0, overheadBytes(conf));
  }

  /** The same, with the state that training holds beside replicas. */
  public ExecutorMemory withState(long bytes) {
    return new ExecutorMemory(tasks, replicaBytes, bytes, overheadBytes);
  }

  /**
   * How many tasks this process runs at once on a device.
   *
   * @param device address of a GPU, or {@link TaskDevice#CPU}
   */
  public static int tasksAtOnce(int device) {
    SparkEnv environment = SparkEnv.get();
    return environment == null ? 1 : tasksAtOnce(environment.conf(), device);
  }

  static int tasksAtOnce(SparkConf conf, int device) {
    double onDevice =
        device == TaskDevice.CPU ? Integer.MAX_VALUE : Math.max(1, GpuStages.tasksPerGpu(conf));
    return (int) Math.min(tasksAtOnce(conf), onDevice);
  }

  static int tasksAtOnce(SparkConf conf) {
    return Math.max(1, coresOfExecutor(conf) / conf.getInt("spark.task.cpus", 1));
  }

  static int coresOfExecutor(SparkConf conf) {
    String master = conf.get("spark.master", "");
    Matcher local = LOCAL_THREADS.matcher(master);
    return local.find()
        ? Integer.parseInt(local.group(1))
        : conf.getInt("spark.executor.cores", defaultCores(master));
  }

  /** A standalone worker gives an executor all of its cores. */
  private static int defaultCores(String master) {
    return isContainer(master) ? 1 : Runtime.getRuntime().availableProcessors();
  }

  private static boolean isContainer(String master) {
    return master.equals("yarn") || master.startsWith("k8s");
  }

  private static long overheadBytes(SparkConf conf) {
    if (!isContainer(conf.get("spark.master", ""))) {
      return 0;
    }
    if (conf.contains("spark.executor.memoryOverhead")) {
      return conf.getSizeAsMb("spark.executor.memoryOverhead") << 20;
    }
    double factor = conf.getDouble("spark.executor.memoryOverheadFactor", 0.1);
    long heap = conf.getSizeAsMb("spark.executor.memory", "1g") << 20;
    return Math.max(LEAST_OVERHEAD, (long) (factor * heap));
  }

  /** Bytes outside the heap that an executor takes at most. */
  public long neededBytes() {
    return tasks * replicaBytes + stateBytes + REST_BYTES;
  }

  /**
   * @throws IllegalArgumentException if a container would be killed for taking more than it may
   */
  public void requireRoom() {
    if (overheadBytes > 0 && neededBytes() > overheadBytes) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "spark.executor.memoryOverhead: executors have %d MiB outside the heap and need %d"
                  + " (%d tasks at once, %d MiB each, %d of the run's state and %d for the JVM); set it to %dm, or use fewer"
                  + " spark.executor.cores or a smaller training.microBatch",
              overheadBytes >> 20,
              mebibytes(neededBytes()),
              tasks,
              mebibytes(replicaBytes),
              mebibytes(stateBytes),
              REST_BYTES >> 20,
              mebibytes(neededBytes())));
    }
  }

  private static long mebibytes(long bytes) {
    return (bytes + (1 << 20) - 1) >> 20;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%d MiB outside the heap of an executor (%d tasks at once, %d MiB each, %d of the run's state, %d for the JVM)",
        mebibytes(neededBytes()),
        tasks,
        mebibytes(replicaBytes),
        mebibytes(stateBytes),
        REST_BYTES >> 20);
  }
}
