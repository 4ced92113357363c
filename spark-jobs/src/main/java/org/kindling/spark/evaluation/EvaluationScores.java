package org.kindling.spark.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Split;
import org.kindling.evaluation.ValidationLoss;
import org.kindling.kernels.Arithmetic;
import org.kindling.spark.cluster.Executors;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.cluster.TaskArithmetic;
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
  private int measured;

  /**
   * Checkpoints that are scored together.
   *
   * @param scorer what the kernels they ask for turned out to be on the executors; null for models
   *     that count
   */
  private record Group(List<Subject> subjects, String scorer) {}

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
      DocumentMode ofAll = common(subjects);
      measureBaselines(hadoop, ofAll);
      Map<Subject, Score> bySubject = measure(scores, subjects, hashes);
      List<Score> found = new ArrayList<>();
      found.add(score(baseline(UNIGRAM, ofAll)));
      found.add(score(baseline(BIGRAM, ofAll)));
      subjects.forEach(subject -> found.add(bySubject.get(subject)));
      return found;
    } finally {
      // What the last kernels were found to be holds for no other tasks of this thread.
      TaskArithmetic.expect(spark, null);
      hadoop.destroy();
    }
  }

  /** How count models are measured: as the checkpoints if these are all measured alike. */
  private static DocumentMode common(List<Subject> subjects) {
    Set<DocumentMode> modes = EnumSet.noneOf(DocumentMode.class);
    subjects.forEach(subject -> modes.add(subject.documents()));
    return modes.size() == 1 ? modes.iterator().next() : DocumentMode.JOIN;
  }

  private Key baseline(String name, DocumentMode mode) {
    return new Key(dataset.hash(), name, mode, null);
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
    Key unigram = baseline(UNIGRAM, mode);
    Key bigram = baseline(BIGRAM, mode);
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

  /** All scores, one kind of kernels after the other. */
  private Map<Subject, Score> measure(
      CheckpointScores scores, List<Subject> subjects, Map<String, String> hashes)
      throws IOException {
    Map<KernelRequest, List<Subject>> trained = new LinkedHashMap<>();
    List<Subject> counted = new ArrayList<>();
    for (Subject subject : subjects) {
      KernelRequest request = KernelRequest.ofScoring(subject.kernels(), subject.family());
      boolean counts = subject.family().isCounted();
      (counts ? counted : trained.computeIfAbsent(request, r -> new ArrayList<>())).add(subject);
    }
    Map<Subject, Score> found = new HashMap<>(measure(scores, new Group(counted, null), hashes));
    for (Map.Entry<KernelRequest, List<Subject>> entry : trained.entrySet()) {
      String scorer = scorer(Executors.prepare(spark, entry.getKey()));
      found.putAll(measure(scores, new Group(entry.getValue(), scorer), hashes));
    }
    return found;
  }

  private static String scorer(Arithmetic arithmetic) {
    return arithmetic.usesGpu()
        ? arithmetic.kernels() + " on " + arithmetic.device()
        : arithmetic.kernels();
  }

  /**
   * Equal models, such as the checkpoint of a shared prefix and the first of a branch, are scored
   * once.
   */
  private Map<Subject, Score> measure(
      CheckpointScores scores, Group group, Map<String, String> hashes) throws IOException {
    Map<Subject, Key> keys = new LinkedHashMap<>();
    Map<Key, Subject> missing = new LinkedHashMap<>();
    for (Subject subject : group.subjects()) {
      String model = hashes.get(subject.directory());
      Key key = new Key(dataset.hash(), model, subject.documents(), group.scorer());
      keys.put(subject, key);
      if (isMissing(key)) {
        missing.putIfAbsent(key, subject);
      }
    }
    if (!missing.isEmpty()) {
      measure(scores, missing);
    }
    Map<Subject, Score> found = new HashMap<>();
    keys.forEach((subject, key) -> found.put(subject, score(key)));
    return found;
  }

  private void measure(CheckpointScores scores, Map<Key, Subject> missing) throws IOException {
    List<Long> validation = dataset.shardTokens(Split.VALIDATION.label());
    List<ValidationLoss> losses =
        scores.measure(storage, List.copyOf(missing.values()), validation);
    int next = 0;
    for (Key key : missing.keySet()) {
      requirePredictions(losses.get(next));
      cache.add(Score.of(key, losses.get(next++)));
    }
    measured += missing.size();
  }

  private void requirePredictions(ValidationLoss loss) {
    if (loss.tokens() == 0) {
      throw new IllegalArgumentException(
          data
              + ": with documents kept apart the validation split has nothing to predict, its"
              + " documents are of one token; use --documents join");
    }
  }
}
