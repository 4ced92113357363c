package org.kindling.spark.cluster;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.kindling.storage.Storage;

/** Opens the Spark session of a job. */
public final class Cluster {
  private Cluster() {}

  /**
   * The session of this job, with what the user gave to spark-submit and, where the user gave
   * nothing, {@code local[*]}.
   *
   * @param jobName as Spark's user interface shows it
   */
  public static SparkSession open(String jobName) {
    SparkConf conf = new SparkConf();
    conf.setIfMissing("spark.master", "local[*]");
    conf.setIfMissing("spark.app.name", "kindling " + jobName);
    conf.setIfMissing("spark.ui.showConsoleProgress", "false");
    // A worker's task gathers slices from everywhere: waiting for a place near one of them is idle.
    conf.setIfMissing("spark.locality.wait", "0");
    // The runs of a sweep share the executors.
    conf.setIfMissing("spark.scheduler.mode", "FAIR");
    // A NameNode that restarts should cost a run seconds, not its life.
    Storage.patience().forEach((key, value) -> conf.setIfMissing("spark.hadoop." + key, value));
    if (conf.get("spark.master").startsWith("local")) {
      // One machine: no one looks at another host's UI, and no port needs to be open.
      conf.setIfMissing("spark.ui.enabled", "false");
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** Storage as the session's Hadoop configuration sees it. */
  public static Storage storage(SparkSession session) {
    Configuration hadoop = session.sparkContext().hadoopConfiguration();
    return Storage.ofCommand(hadoop);
  }
}
