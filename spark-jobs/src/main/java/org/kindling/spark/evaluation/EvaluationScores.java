package org.kindling.spark.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.HeldOutLoss;
import org.kindling.kernels.Arithmetic;
import org.kindling.spark.cluster.Executors;
import org.kindling.spark.cluster.KernelRequest;
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
   * Checkpoints that are scored together.
   *
   * @param kernels by the name that was asked for
   * @param scorer what they turned out to be on the executors; null for models that count
   */
  private record Group(List<Subject> subjects, String kernels, String scorer) {}

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
   * @throws IllegalArgumentException if executors do not compute alike, or lack the kernels
   */
  public List<Score> of(List<Subject> subjects) throws IOException {
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(new SerializableConfiguration(storage.configuration()));
    try {
      CheckpointScores scores = new CheckpointScores(spark, data, hadoop);
      Map<String, String> hashes =
          scores.hashes(subjects.stream().map(Subject::checkpoint).toList());
      verifyValidation(hadoop);
      measureBaselines(hadoop);
      Map<String, Score> measured = measure(scores, subjects, hashes);
      List<Score> found = new ArrayList<>(List.of(score(UNIGRAM, null), score(BIGRAM, null)));
      subjects.forEach(subject -> found.add(measured.get(subject.directory())));
      return found;
    } finally {
      hadoop.destroy();
    }
  }

  private Score score(String model, String kernels) {
    return cache.find(model, dataset.hash(), kernels).orElseThrow();
  }

  private boolean isMissing(String model, String kernels) {
    return cache.find(model, dataset.hash(), kernels).isEmpty();
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
    if (!isMissing(UNIGRAM, null) && !isMissing(BIGRAM, null)) {
      return;
    }
    Baselines.Scores base = new Baselines(spark, data, hadoop).measure(dataset);
    long tokens = base.model().tokens();
    String hash = dataset.hash();
    cache.add(Score.of(UNIGRAM, hash, base.unigram(), base.model().unigramParameters(), tokens));
    cache.add(Score.of(BIGRAM, hash, base.bigram(), base.model().bigramParameters(), tokens));
    measured += 2;
  }

  /** Scores by directory, one kind of kernels after the other. */
  private Map<String, Score> measure(
      CheckpointScores scores, List<Subject> subjects, Map<String, String> hashes)
      throws IOException {
    Map<KernelRequest, List<Subject>> trained = new LinkedHashMap<>();
    List<Subject> counted = new ArrayList<>();
    for (Subject subject : subjects) {
      KernelRequest request = KernelRequest.ofScoring(subject.kernels(), subject.family());
      boolean counts = subject.family().isCounted();
      (counts ? counted : trained.computeIfAbsent(request, r -> new ArrayList<>())).add(subject);
    }
    Map<String, Score> found = new HashMap<>();
    found.putAll(measure(scores, new Group(counted, "auto", null), hashes));
    for (Map.Entry<KernelRequest, List<Subject>> entry : trained.entrySet()) {
      KernelRequest request = entry.getKey();
      String scorer = scorer(Executors.prepare(spark, request));
      found.putAll(measure(scores, new Group(entry.getValue(), request.kernels(), scorer), hashes));
    }
    return found;
  }

  private static String scorer(Arithmetic arithmetic) {
    return arithmetic.usesGpu()
        ? arithmetic.kernels() + " on " + arithmetic.device()
        : arithmetic.kernels();
  }

  /** Equal models, such as a branch's first checkpoint and its trunk's, are scored once. */
  private Map<String, Score> measure(
      CheckpointScores scores, Group group, Map<String, String> hashes) throws IOException {
    Map<String, String> missing = new LinkedHashMap<>();
    for (Subject subject : group.subjects()) {
      String model = hashes.get(subject.directory());
      if (isMissing(model, group.scorer())) {
        missing.putIfAbsent(model, subject.directory());
      }
    }
    if (!missing.isEmpty()) {
      List<HeldOutLoss> losses =
          scores.measure(
              storage,
              List.copyOf(missing.values()),
              group.kernels(),
              dataset.shardTokens(Split.VALIDATION.label()));
      int next = 0;
      for (String model : missing.keySet()) {
        cache.add(Score.of(model, dataset.hash(), group.scorer(), losses.get(next++)));
      }
      measured += missing.size();
    }
    Map<String, Score> found = new HashMap<>();
    for (Subject subject : group.subjects()) {
      found.put(subject.directory(), score(hashes.get(subject.directory()), group.scorer()));
    }
    return found;
  }
}
