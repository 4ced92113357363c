package org.kindling.spark.inspection;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.ShardScan;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/** Reads all shards of datasets through, one task a shard. */
public final class Inspection {
  private final JavaSparkContext spark;

  public Inspection(JavaSparkContext spark) {
    this.spark = spark;
  }

  /**
   * Checks and counts what is in a dataset.
   *
   * @param splits to look at
   */
  public Findings scan(Dataset dataset, List<String> splits) {
    List<ShardNumber> shards = ShardNumber.of(dataset, splits);
    int vocabulary = dataset.manifest().tokenizer().vocabulary();
    Broadcast<SerializableConfiguration> hadoop = hadoop();
    try (ShardProgress progress = follow("inspecting", shards.size())) {
      return shards(shards)
          .map(shard -> Findings.of(scan(shard, hadoop), vocabulary))
          .treeReduce(Findings::plus);
    } finally {
      hadoop.destroy();
    }
  }

  private static ShardScan scan(ShardNumber shard, Broadcast<SerializableConfiguration> hadoop)
      throws IOException {
    Storage storage = new Storage(hadoop.value().value());
    Dataset dataset = Dataset.open(storage, new Path(shard.dataset()));
    return ShardScan.of(storage, dataset, shard.split(), shard.number());
  }

  /**
   * Compares every file of datasets with their manifests.
   *
   * @return number of shards
   * @throws IOException naming the first file that differs, and how many more do
   */
  public int verify(List<Dataset> datasets) throws IOException {
    List<ShardNumber> shards = new ArrayList<>();
    for (Dataset dataset : datasets) {
      dataset.tokenizer();
      shards.addAll(ShardNumber.of(dataset, dataset.manifest().splits().keySet()));
    }
    Broadcast<SerializableConfiguration> hadoop = hadoop();
    List<String> problems;
    try (ShardProgress progress = follow("verifying", shards.size())) {
      problems =
          shards(shards).flatMap(shard -> problem(shard, hadoop).stream().iterator()).collect();
    } finally {
      hadoop.destroy();
    }
    if (!problems.isEmpty()) {
      int more = problems.size() - 1;
      throw new IOException(
          problems.get(0) + (more == 0 ? "" : " (and " + more + " more shards are damaged)"));
    }
    return shards.size();
  }

  private static Optional<String> problem(
      ShardNumber shard, Broadcast<SerializableConfiguration> hadoop) throws IOException {
    try {
      Storage storage = new Storage(hadoop.value().value());
      Dataset.open(storage, new Path(shard.dataset())).verify(shard.split(), shard.number());
      return Optional.empty();
    } catch (CorruptFileException | java.io.FileNotFoundException e) {
      return Optional.of(e.getMessage());
    }
  }

  private JavaRDD<ShardNumber> shards(List<ShardNumber> shards) {
    return spark.parallelize(shards, Math.max(1, shards.size()));
  }

  private ShardProgress follow(String what, int shards) {
    spark.sc().setJobDescription(what + " " + shards + " shards");
    return new ShardProgress(spark, what, shards, System.err);
  }

  private Broadcast<SerializableConfiguration> hadoop() {
    return spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
  }
}
