package org.kindling.spark.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Split;
import org.kindling.evaluation.HeldOutLoss;
import org.kindling.spark.evaluation.CheckpointScores.Asked;
import org.kindling.spark.evaluation.ScoreCache.Key;
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
  private DocumentMode documents;
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

  /**
   * Measures every model in the same way.
   *
   * @param mode null for each as its run trained
   */
  public EvaluationScores with(DocumentMode mode) {
    this.documents = mode;
    return this;
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
      List<Key> keys = new ArrayList<>();
      for (CheckpointStore.Found checkpoint : checkpoints) {
        keys.add(key(hashes.get(checkpoint.directory().toString()), mode(checkpoint)));
      }
      DocumentMode ofAll = common(checkpoints);
      measureBaselines(hadoop, ofAll);
      measure(scores, checkpoints, keys);
      List<Score> found =
          new ArrayList<>(List.of(score(key(UNIGRAM, ofAll)), score(key(BIGRAM, ofAll))));
      keys.forEach(key -> found.add(score(key)));
      return found;
    } finally {
      hadoop.destroy();
    }
  }

  /** How a checkpoint is measured. */
  private DocumentMode mode(CheckpointStore.Found checkpoint) {
    return documents == null ? trained(checkpoint) : documents;
  }

  /** What a checkpoint's run made of documents. */
  public static DocumentMode trained(CheckpointStore.Found checkpoint) {
    return DocumentMode.named(
        checkpoint.directory() + "/manifest.json, documents", checkpoint.manifest().documents());
  }

  /** How count models are measured: as the checkpoints if these are all measured alike. */
  private DocumentMode common(List<CheckpointStore.Found> checkpoints) {
    Set<DocumentMode> modes = EnumSet.noneOf(DocumentMode.class);
    checkpoints.forEach(checkpoint -> modes.add(mode(checkpoint)));
    return modes.size() == 1 ? modes.iterator().next() : DocumentMode.JOIN;
  }

  private Key key(String model, DocumentMode mode) {
    return new Key(dataset.hash(), mode, model);
  }

  private Score score(Key key) {
    return cache.find(key).orElseThrow();
  }

  private boolean isMissing(Key key) {
    return cache.find(key).isEmpty();
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

  private void measureBaselines(Broadcast<SerializableConfiguration> hadoop, DocumentMode mode)
      throws IOException {
    Key unigram = key(UNIGRAM, mode);
    Key bigram = key(BIGRAM, mode);
    if (!isMissing(unigram) && !isMissing(bigram)) {
      return;
    }
    Baselines.Scores base = new Baselines(spark, data, hadoop, mode).measure(dataset);
    requirePredictions(base.unigram());
    long tokens = base.model().tokens();
    cache.add(Score.of(unigram, base.unigram(), base.model().unigramParameters(), tokens));
    cache.add(Score.of(bigram, base.bigram(), base.model().bigramParameters(), tokens));
    measured += 2;
  }

  /** Equal models, such as a branch's first checkpoint and its trunk's, are scored once. */
  private void measure(
      CheckpointScores scores, List<CheckpointStore.Found> checkpoints, List<Key> keys)
      throws IOException {
    Map<Key, Asked> missing = new LinkedHashMap<>();
    for (int i = 0; i < keys.size(); i++) {
      Key key = keys.get(i);
      if (isMissing(key)) {
        String directory = checkpoints.get(i).directory().toString();
        missing.putIfAbsent(key, new Asked(directory, key.documents()));
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    List<Long> validation = dataset.shardTokens(Split.VALIDATION.label());
    List<HeldOutLoss> losses = scores.measure(storage, List.copyOf(missing.values()), validation);
    int next = 0;
    for (Key key : missing.keySet()) {
      requirePredictions(losses.get(next));
      cache.add(Score.of(key, losses.get(next++)));
    }
    measured += missing.size();
  }

  private void requirePredictions(HeldOutLoss loss) {
    if (loss.tokens() == 0) {
      throw new IllegalArgumentException(
          data
              + ": with documents kept apart the validation split has nothing to predict, its"
              + " documents are of one token; use --documents join");
    }
  }
}
