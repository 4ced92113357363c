package org.kindling.spark.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.HeldOutLoss;
import org.kindling.spark.evaluation.ScoreCache.Score;
import org.kindling.storage.Storage;

/**
 * Scores of checkpoints and count models on a dataset: from the cache, or measured and put there.
 */
public final class EvaluationScores {
  private static final String UNIGRAM = "unigram";
  private static final String BIGRAM = "bigram";

  private final JavaSparkContext spark;
  private final Storage storage;
  private final Dataset dataset;
  private final String data;
  private final ScoreCache cache;
  private int measured;

  /**
   * @param dataset at {@code data}
   */
  public EvaluationScores(
      JavaSparkContext spark, Storage storage, Dataset dataset, String data, ScoreCache cache) {
    this.spark = spark;
    this.storage = storage;
    this.dataset = dataset;
    this.data = data;
    this.cache = cache;
  }

  /** How many were not in the cache. */
  public int measured() {
    return measured;
  }

  /**
   * Scores everything.
   *
   * @return of the unigram model, the bigram model and the checkpoints, in this order
   * @throws IOException if a checkpoint or the validation split is not as it was written
   */
  public List<Score> of(List<CheckpointStore.Found> checkpoints) throws IOException {
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(new SerializableConfiguration(storage.configuration()));
    try {
      CheckpointScores scores = new CheckpointScores(spark, data, hadoop);
      Map<String, String> hashes = scores.hashes(checkpoints);
      verifyValidation(hadoop);
      measureBaselines(hadoop);
      measure(scores, hashes);
      List<Score> found = new ArrayList<>(List.of(score(UNIGRAM), score(BIGRAM)));
      for (CheckpointStore.Found checkpoint : checkpoints) {
        found.add(score(hashes.get(checkpoint.directory().toString())));
      }
      return found;
    } finally {
      hadoop.destroy();
    }
  }

  private Score score(String model) {
    return cache.find(model, dataset.hash()).orElseThrow();
  }

  private boolean isMissing(String model) {
    return cache.find(model, dataset.hash()).isEmpty();
  }

  /** A cached score must not hide that its tokens have changed behind the manifest's back. */
  private void verifyValidation(Broadcast<SerializableConfiguration> hadoop) {
    String directory = data;
    String validation = Split.VALIDATION.label();
    List<Integer> shards = new ArrayList<>();
    for (int shard = 0; shard < dataset.split(validation).shards().size(); shard++) {
      shards.add(shard);
    }
    spark.sc().setJobDescription("checking the validation split");
    spark
        .parallelize(shards, Math.max(1, shards.size()))
        .foreach(
            shard ->
                Dataset.open(new Storage(hadoop.value().value()), new Path(directory))
                    .verify(validation, shard));
  }

  private void measureBaselines(Broadcast<SerializableConfiguration> hadoop) throws IOException {
    if (!isMissing(UNIGRAM) && !isMissing(BIGRAM)) {
      return;
    }
    Baselines.Scores base = new Baselines(spark, data, hadoop).measure(dataset);
    long tokens = base.model().tokens();
    String hash = dataset.hash();
    cache.add(Score.of(UNIGRAM, hash, base.unigram(), base.model().unigramParameters(), tokens));
    cache.add(Score.of(BIGRAM, hash, base.bigram(), base.model().bigramParameters(), tokens));
    measured += 2;
  }

  /** Equal models, such as a branch's first checkpoint and its trunk's, are scored once. */
  private void measure(CheckpointScores scores, Map<String, String> hashes) throws IOException {
    Map<String, String> missing = new LinkedHashMap<>();
    hashes.forEach(
        (directory, model) -> {
          if (isMissing(model)) {
            missing.putIfAbsent(model, directory);
          }
        });
    if (missing.isEmpty()) {
      return;
    }
    List<Long> validation = dataset.shardTokens(Split.VALIDATION.label());
    List<HeldOutLoss> losses = scores.measure(storage, List.copyOf(missing.values()), validation);
    int next = 0;
    for (String model : missing.keySet()) {
      cache.add(Score.of(model, dataset.hash(), losses.get(next++)));
    }
    measured += missing.size();
  }
}
