package org.kindling.spark.cluster;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Gpus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A look at a job's executors before it computes: that there are some, and that all compute alike.
 * Those that join later are held to it by {@link TaskArithmetic}.
 */
public final class Executors {
  private static final Logger LOG = LoggerFactory.getLogger(Executors.class);

  /** A setting of Spark's kind, for clusters on which others hold all cores for longer. */
  static final String WAIT = "spark.kindling.executorWait";

  private static final String DEFAULT_WAIT = "120s";
  private static final long POLL_MILLIS = 100;

  /**
   * What an executor says of itself.
   *
   * @param arithmetic null if it cannot compute what was asked for
   * @param problem why it cannot; null if it can
   */
  record Report(String executor, String host, Arithmetic arithmetic, String problem)
      implements Serializable {
    String name() {
      return "executor " + executor + " on " + host;
    }
  }

  private Executors() {}

  /**
   * Waits for the first executor and asks those there are. Tasks that this thread starts afterwards
   * are held to the answer.
   *
   * @return how all of them compute
   * @throws IOException if none comes
   * @throws IllegalArgumentException if they do not compute alike, or cannot
   */
  public static Arithmetic prepare(JavaSparkContext spark, KernelRequest request)
      throws IOException {
    if (!spark.isLocal()) {
      awaitOne(spark);
    }
    TaskArithmetic.expect(spark, null);
    spark.sc().setJobDescription("a look at the executors");
    int tasks = 2 * Math.max(1, spark.defaultParallelism());
    List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
    List<Report> reports;
    try {
      // On the devices that will compute.
      reports =
          GpuStages.onGpus(spark.parallelize(numbers, tasks), request)
              .map(i -> report(request))
              .collect();
    } catch (Exception e) {
      throw reason(e);
    }
    Arithmetic arithmetic = new ArithmeticMix(request).requireOne(reports);
    ArithmeticMix.requireBackend(Gpus.hasBackend() ? "CUDA" : "CPU", request, arithmetic);
    TaskArithmetic.expect(spark, arithmetic);
    GpuStages.idle(spark.getConf(), request, arithmetic).ifPresent(LOG::warn);
    Set<String> executors = new TreeSet<>();
    reports.forEach(report -> executors.add(report.executor() + " on " + report.host()));
    LOG.info("executors: {}; arithmetic: {}", String.join(", ", executors), arithmetic);
    return arithmetic;
  }

  /**
   * What this executor says of itself. It says so too where it cannot compute: a task that failed
   * would be tried elsewhere, and this executor never be named.
   */
  static Report report(KernelRequest request) {
    SparkEnv environment = SparkEnv.get();
    String host = environment.blockManager().blockManagerId().host();
    try {
      return new Report(environment.executorId(), host, TaskArithmetic.of(request), null);
    } catch (IllegalArgumentException e) {
      return new Report(environment.executorId(), host, null, e.getMessage());
    }
  }

  private static IOException reason(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof IllegalArgumentException wrongUse) {
        throw wrongUse;
      }
    }
    return new IOException(e.getMessage(), e);
  }

  private static void awaitOne(JavaSparkContext spark) throws IOException {
    SparkConf conf = spark.getConf();
    long millis = conf.getTimeAsMs(WAIT, DEFAULT_WAIT);
    long end = System.nanoTime() + millis * 1_000_000;
    // The driver is the first in this list.
    while (spark.sc().statusTracker().getExecutorInfos().length < 2) {
      if (spark.sc().isStopped()) {
        throw new IOException("the cluster ended the application; its log says why");
      }
      if (System.nanoTime() > end) {
        String held = MasterCores.held(conf.get("spark.master"), spark.sc().applicationId());
        throw new IOException(noneCame(conf, millis / 1000) + held);
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for executors", e);
      }
    }
  }

  static String noneCame(SparkConf conf, long seconds) {
    String gpus = conf.get("spark.executor.resource.gpu.amount", "");
    return conf.get("spark.master")
        + ": no executor came within "
        + seconds
        + " s; asked for "
        + conf.get("spark.executor.cores", "all")
        + " cores, "
        + conf.get("spark.executor.memory", "1g")
        + " of heap"
        + (gpus.isEmpty() ? "" : " and " + gpus + " GPUs")
        + " on one machine; ask for less, or wait longer for others to end with --conf "
        + WAIT
        + "=30min";
  }
}
