package org.kindling.spark.cluster;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A look at a job's executors before it trains: that there are some, and that all compute on the
 * same kind of device. Those that join later are held to it by {@link TaskDevice}.
 */
public final class Executors {
  private static final Logger LOG = LoggerFactory.getLogger(Executors.class);

  /** A setting of Spark's kind, for clusters on which others hold all cores for longer. */
  static final String WAIT = "spark.kindling.executorWait";

  private static final String DEFAULT_WAIT = "120s";
  private static final long POLL_MILLIS = 100;

  /** What an executor says of itself. */
  record Report(String executor, String host, String backend) implements Serializable {}

  private Executors() {}

  /**
   * Waits for the first executor and asks those there are.
   *
   * @throws IOException if none comes
   * @throws IllegalArgumentException if they do not go together, or a GPU cannot be used
   */
  public static void prepare(JavaSparkContext spark) throws IOException {
    if (!spark.isLocal()) {
      awaitOne(spark);
    }
    spark.setLocalProperty(TaskDevice.BACKEND, null);
    spark.sc().setJobDescription("a look at the executors");
    int tasks = 2 * Math.max(1, spark.defaultParallelism());
    List<Integer> numbers = IntStream.range(0, tasks).boxed().toList();
    List<Report> reports;
    try {
      reports = spark.parallelize(numbers, tasks).map(i -> report()).collect();
    } catch (Exception e) {
      throw reason(e);
    }
    String backend = requireOne(reports);
    spark.setLocalProperty(TaskDevice.BACKEND, backend);
    Set<String> executors = new TreeSet<>();
    reports.forEach(report -> executors.add(report.executor() + " on " + report.host()));
    LOG.info("executors: {}; backend {}", String.join(", ", executors), backend);
  }

  private static Report report() {
    TaskDevice.use();
    SparkEnv environment = SparkEnv.get();
    return new Report(
        environment.executorId(),
        environment.blockManager().blockManagerId().host(),
        TaskDevice.backend());
  }

  private static IOException reason(Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof IllegalArgumentException wrongUse) {
        throw wrongUse;
      }
    }
    return new IOException(e.getMessage(), e);
  }

  static String requireOne(List<Report> reports) {
    Set<String> backends = reports.stream().map(Report::backend).collect(Collectors.toSet());
    if (backends.size() > 1) {
      Set<String> who = new TreeSet<>();
      reports.forEach(r -> who.add("executor " + r.executor() + " " + r.backend()));
      throw new IllegalArgumentException(
          "executors: have different backends of ND4J, which do not give the same bits ("
              + String.join(", ", who)
              + "); give all executors the same jars");
    }
    return reports.get(0).backend();
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
        throw new IOException(noneCame(conf, millis / 1000));
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
