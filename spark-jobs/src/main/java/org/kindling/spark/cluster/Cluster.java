package org.kindling.spark.cluster;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.kindling.kernels.Kernels;
import org.kindling.storage.Lease;
import org.kindling.storage.Storage;

/** Opens the Spark session of a job. */
public final class Cluster {
  private Cluster() {}

  /**
   * The session of this job, with what the user gave to spark-submit and, where the user gave
   * nothing, {@code local[*]}.
   *
   * @param jobName as Spark's user interface shows it
   * @throws IOException if the master does not answer
   * @throws IllegalArgumentException if there is no such kind of master, if GPUs are asked for
   *     without a CUDA backend, or if settings of GPUs contradict each other
   */
  public static SparkSession open(String jobName) throws IOException {
    return open(jobName, new SparkConf());
  }

  /**
   * As {@link #open}, for a job that is rounds of training: what they shuffle is coded as tightly
   * as it goes, and to compress it would cost time alone.
   */
  public static SparkSession openForRounds(String jobName) throws IOException {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.shuffle.compress", "false");
    return open(jobName, conf);
  }

  private static SparkSession open(String jobName, SparkConf conf) throws IOException {
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "kindling " + jobName);
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // A worker's task all-gathers shards from everywhere: waiting for a place near one of them is
    // idle.
    conf.setIfMissing("spark.locality.wait", "0");
    // Whom an executor can give second copies to. By default it asks once a minute: one that came
    // first would find no one and keep the only copy of its shards, to be lost with it.
    conf.setIfMissing("spark.storage.cachedPeersTtl", "1000");
    // A run is thousands of jobs; Spark's page remembers a thousand of them and a hundred thousand
    // tasks by default, in the driver's memory.
    conf.setIfMissing("spark.ui.retainedJobs", "50");
    conf.setIfMissing("spark.ui.retainedStages", "100");
    conf.setIfMissing("spark.ui.retainedTasks", "2000");
    conf.setIfMissing("spark.ui.dagGraph.retainedRootRDDs", "50");
    // The runs of a sweep share the executors.
    conf.setIfMissing("spark.scheduler.mode", "FAIR");
    // A NameNode that restarts should cost a run seconds, not its life.
    Storage.retries().forEach((key, value) -> conf.setIfMissing("spark.hadoop." + key, value));
    if (conf.get("spark.master").startsWith("local")) {
      // One machine: no one looks at another host's UI, and no port needs to be open.
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    } else {
      SilentHosts.complete(conf);
    }
    requireBackendFor(conf);
    GpuStages.complete(conf);
    Masters.require(conf.get("spark.master"));
    return SparkSession.builder().config(conf).getOrCreate();
  }

  private static void requireBackendFor(SparkConf conf) {
    if (conf.contains("spark.task.resource.gpu.amount") && !Kernels.areForGpus()) {
      throw new IllegalArgumentException(
          "spark.task.resource.gpu.amount: asks for GPUs, but this build computes on CPUs; build"
              + " kernels for GPUs as docs/gpu.md says, or leave the gpu settings out");
    }
  }

  /** Storage as the session's Hadoop configuration sees it. */
  public static Storage storage(SparkSession session) {
    Configuration hadoop = session.sparkContext().hadoopConfiguration();
    hadoop.set(Lease.APPLICATION, session.sparkContext().applicationId());
    return Storage.ofCommand(hadoop);
  }
}
