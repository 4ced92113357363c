package org.kindling.spark.inspection;

import java.io.PrintStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** While a job with one task a shard runs, says every few seconds how many are done. */
final class ShardProgress extends SparkListener implements AutoCloseable {
  private static final long QUIET_NANOS = 5_000_000_000L;

  private final JavaSparkContext spark;
  private final String what;
  private final int shards;
  private final PrintStream out;
  private int done;
  private long lastLine = System.nanoTime();

  ShardProgress(JavaSparkContext spark, String what, int shards, PrintStream out) {
    this.spark = spark;
    this.what = what;
    this.shards = shards;
    this.out = out;
    spark.sc().addSparkListener(this);
  }

  /** Called by Spark's listener thread alone. */
  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (!end.taskInfo().successful() || done == shards) {
      return;
    }
    done++;
    long now = System.nanoTime();
    if (now - lastLine >= QUIET_NANOS) {
      lastLine = now;
      out.printf("%s: %d of %d shards%n", what, done, shards);
    }
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
  }
}
