package org.kindling.spark.counting;

import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.model.count.NgramCounts;
import org.kindling.storage.Storage;
import org.kindling.training.CountPiece;
import org.kindling.training.CountedRun;

/**
 * Counts n-grams in one task a piece; executors add the tasks' counts up in a tree, and the driver
 * receives the last few. Counts add up in any order, so the result does not depend on it.
 */
public final class SparkCounter implements CountedRun.Counter {
  private final JavaSparkContext spark;
  private final String name;

  /**
   * @param name of the run, as Spark's user interface shows it
   */
  public SparkCounter(JavaSparkContext spark, String name) {
    this.spark = spark;
    this.name = name;
  }

  @Override
  public NgramCounts count(List<CountPiece> pieces, int order, int vocabulary) {
    if (pieces.isEmpty()) {
      return new NgramCounts(order, vocabulary);
    }
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    spark.sc().setJobDescription(name + ", counting sequences of " + order + " tokens");
    NgramCounts counts =
        spark
            .parallelize(pieces, pieces.size())
            .map(
                piece -> {
                  NgramCounts some = new NgramCounts(order, vocabulary);
                  piece.count(new Storage(hadoop.value().value()), some);
                  return some;
                })
            .treeReduce(NgramCounts::plus);
    hadoop.destroy();
    return counts;
  }
}
