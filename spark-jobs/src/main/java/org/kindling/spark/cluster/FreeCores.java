package org.kindling.spark.cluster;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/** Cores that training leaves to what runs beside it. */
public final class FreeCores {
  private FreeCores() {}

  /**
   * For rounds that overlap: averaging is a job of its own, and with no core to run on it would
   * wait until training ends.
   *
   * @param workers that train at once, if there are cores for them
   * @throws IllegalArgumentException if they take all cores
   */
  public static void requireOne(JavaSparkContext spark, KernelRequest request, int workers) {
    requireOne(spark.getConf(), spark.defaultParallelism(), request, workers);
  }

  static void requireOne(SparkConf conf, int cores, KernelRequest request, int workers) {
    int expected = Math.max(cores, askedFor(conf));
    int perTask = conf.getInt("spark.task.cpus", 1);
    long training = Math.min((long) workers * perTask, onDevices(conf, request, expected));
    if (training >= expected) {
      throw new IllegalArgumentException(
          "training.overlap: averaging needs a free core beside training, and "
              + workers
              + " workers take all "
              + expected
              + "; use more cores (--conf spark.executor.cores, or more executors), fewer"
              + " training.workers, or training.overlap: false");
    }
  }

  /** Executors may still be on their way. */
  private static int askedFor(SparkConf conf) {
    int ofExecutors =
        conf.getInt("spark.executor.instances", 0) * conf.getInt("spark.executor.cores", 1);
    return Math.max(conf.getInt("spark.cores.max", 0), ofExecutors);
  }

  /** Cores that training takes at most where its tasks hold GPUs. */
  private static long onDevices(SparkConf conf, KernelRequest request, int cores) {
    int perExecutor = ExecutorMemory.coresOfExecutor(conf);
    int perTask = conf.getInt("spark.task.cpus", 1);
    long atOnce = Math.min(perExecutor / perTask, GpuStages.tasksAtOnce(conf, request));
    long executors = Math.max(1, cores / perExecutor);
    return executors * atOnce * perTask;
  }
}
