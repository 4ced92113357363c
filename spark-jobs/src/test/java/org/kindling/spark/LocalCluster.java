package org.kindling.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;

/**
 * A Master and Workers in the process of a test, and executors as processes of their own: Spark's
 * {@code local-cluster}.
 */
public final class LocalCluster {
  private LocalCluster() {}

  /**
   * Settings of a job on it.
   *
   * @param coresOfEach that a Worker offers, of one gigabyte
   */
  public static SparkConf conf(int workers, int coresOfEach) throws IOException {
    makeSparkHome();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new SparkConf()
        .setMaster("local-cluster[" + workers + "," + coresOfEach + ",1024]")
        .setAppName("test")
        .set("spark.ui.enabled", "false")
        .set("spark.driver.host", "127.0.0.1")
        .set("spark.executor.memory", "512m")
        .set("spark.executor.extraClassPath", classPath)
        .set("spark.executor.extraJavaOptions", "--add-modules jdk.incubator.vector")
        .set("spark.executorEnv.OMP_NUM_THREADS", "1")
        .set("spark.locality.wait", "0");
  }

  /** Workers start executors from SPARK_HOME; their class path is given in full above. */
  private static void makeSparkHome() throws IOException {
    Path home = Path.of(System.getenv("SPARK_HOME"));
    Files.createDirectories(home.resolve("jars"));
    Files.writeString(home.resolve("RELEASE"), "test");
  }
}
