package org.kindling.spark.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.ValidationLoss;
import org.kindling.kernels.KernelsWanted;
import org.kindling.model.Family;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.evaluation.ScoreCache.Score;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingFixture;

class EvaluationScoresTest {
  @TempDir static Path directory;
  private static final Storage STORAGE = Storage.standard();
  private static JavaSparkContext spark;

  @BeforeAll
  static void trainAndStart() throws IOException {
    TrainingFixture fixture = new TrainingFixture(directory);
    for (String run : List.of("first", "second")) {
      int steps = run.equals("first") ? 4 : 8;
      fixture.runLocally(
          fixture.describe(fixture.training(1, 4, 2, steps), OuterSettings.DEFAULTS), run, false);
    }
    RunDescription apart =
        fixture.separate(fixture.describe(fixture.training(1, 4, 2, 4), OuterSettings.DEFAULTS));
    fixture.runLocally(fixture.of(Family.LSTM, apart), "apart", false);
    dataset("data-a", 1);
    dataset("data-b", 2);
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("scores")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1"));
  }

  @AfterAll
  static void stop() {
    spark.stop();
  }

  /** Two validation documents of 9000 and 7000 bytes. */
  private static void dataset(String name, long seed) throws IOException {
    Tokenizer tokenizer = Tokenizers.named("byte").orElseThrow();
    int[] bytes = new SplittableRandom(seed).ints(20_000, 97, 105).toArray();
    SmallDataset.write(
        STORAGE,
        path(name),
        tokenizer,
        Map.of(
            Split.TRAIN, List.of(java.util.Arrays.copyOf(bytes, 4000)),
            Split.VALIDATION,
                List.of(
                    java.util.Arrays.copyOfRange(bytes, 4000, 13_000),
                    java.util.Arrays.copyOfRange(bytes, 13_000, 20_000))));
  }

  private static org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(directory.resolve(name).toUri());
  }

  private static CheckpointStore.Found last(String run) throws IOException {
    List<CheckpointStore.Found> found = new CheckpointStore(STORAGE, path(run)).list();
    return found.get(found.size() - 1);
  }

  /** Scores of one evaluation and how many of them were measured. */
  private record Evaluation(List<Score> scores, int measured) {}

  private static Evaluation evaluate(String data, String cache, String... runs) throws IOException {
    return evaluateWith("auto", data, cache, runs);
  }

  private static Evaluation evaluate(
      DocumentMode documents, String data, String cache, String... runs) throws IOException {
    return evaluateAsked(
        found -> new Subject(found, documents, KernelsWanted.AUTO), data, cache, runs);
  }

  private static Evaluation evaluateWith(String kernels, String data, String cache, String... runs)
      throws IOException {
    return evaluateAsked(
        found -> new Subject(found, null, new KernelsWanted(kernels)), data, cache, runs);
  }

  private static Evaluation evaluateAsked(
      Function<CheckpointStore.Found, Subject> ask, String data, String cache, String... runs)
      throws IOException {
    Dataset dataset = Dataset.open(STORAGE, path(data));
    ScoreCache scores = ScoreCache.open(STORAGE, path(cache));
    EvaluationScores evaluation =
        new EvaluationScores(spark, STORAGE, dataset, path(data).toString(), scores);
    List<Subject> checkpoints = new java.util.ArrayList<>();
    for (String run : runs) {
      checkpoints.add(ask.apply(last(run)));
    }
    List<Score> found = evaluation.of(checkpoints);
    scores.save();
    return new Evaluation(found, evaluation.measured());
  }

  @Test
  void whatIsUnchangedIsScoredOnceAndReadBackToTheBit() throws IOException {
    Evaluation first = evaluate("data-a", "once", "first", "second");
    assertThat(first.measured()).isEqualTo(4);
    byte[] file = Files.readAllBytes(directory.resolve("once/scores.jsonl"));
    Evaluation second = evaluate("data-a", "once", "first", "second");
    assertThat(second.measured()).isZero();
    assertThat(second.scores()).isEqualTo(first.scores());
    assertThat(directory.resolve("once/scores.jsonl")).hasBinaryContent(file);
    assertThat(evaluate("data-a", "fresh", "first", "second").scores()).isEqualTo(first.scores());
  }

  @Test
  void everyPredictionCountsOnceAndTheErrorIsThatOfItsBlocks() throws IOException {
    for (Score score : evaluate("data-a", "counts", "first").scores()) {
      assertThat(score.tokens()).isEqualTo(15_999);
      assertThat(score.blocks()).isBetween(8, 9);
      assertThat(score.standardError()).isBetween(1e-4, 0.1);
    }
  }

  @Test
  void scoresOfOtherKernelsAreNotTakenForTheirs() throws IOException {
    Score vector = evaluateWith("vector", "data-a", "kernels", "first").scores().get(2);
    assertThat(evaluate("data-a", "kernels", "first").measured()).as("auto is vector").isZero();
    Evaluation other = evaluateWith("nd4j", "data-a", "kernels", "first");
    assertThat(other.measured()).isEqualTo(1);
    Score nd4j = other.scores().get(2);
    assertThat(List.of(vector.kernels(), nd4j.kernels())).containsExactly("vector", "nd4j");
    assertThat(nd4j.nats()).isCloseTo(vector.nats(), within(1e-3)).isNotEqualTo(vector.nats());
    assertThat(evaluateWith("vector", "data-a", "kernels", "first").scores().get(2))
        .isEqualTo(vector);
  }

  @Test
  void otherDataIsScoredAgain() throws IOException {
    evaluate("data-a", "data", "first");
    Evaluation other = evaluate("data-b", "data", "first");
    assertThat(other.measured()).isEqualTo(3);
    assertThat(evaluate("data-a", "data", "first").measured()).isZero();
  }

  @Test
  void aModelIsKnownByItsContentNotByItsName() throws IOException {
    Evaluation first = evaluate("data-a", "names", "first");
    copy("first", "renamed");
    assertThat(evaluate("data-a", "names", "renamed").measured()).isZero();
    flipLastBit(model("renamed"));
    assertThatThrownBy(() -> evaluate("data-a", "names", "renamed"))
        .hasMessageContaining("the content has changed since it was written");
    String crc = STORAGE.checksum(path("renamed/" + MODEL)).crc32c();
    Path manifest = model("renamed").resolveSibling("manifest.json");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replace(crcOf("first"), crc));
    Evaluation changed = evaluate("data-a", "names", "renamed");
    assertThat(changed.measured()).isEqualTo(1);
    assertThat(changed.scores().get(2).nats()).isNotEqualTo(first.scores().get(2).nats());
  }

  private static final String MODEL = "checkpoints/step-000000004/model.safetensors";

  private static Path model(String run) {
    return directory.resolve(run).resolve(MODEL);
  }

  private static String crcOf(String run) throws IOException {
    return STORAGE.checksum(path(run + "/" + MODEL)).crc32c();
  }

  private static void copy(String run, String to) throws IOException {
    Path from = model(run).getParent();
    Files.createDirectories(model(to).getParent());
    for (String file : from.toFile().list()) {
      Files.copy(from.resolve(file), model(to).resolveSibling(file));
    }
  }

  /** Of the last parameter's exponent: a bias that is felt. */
  private static void flipLastBit(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 0x40;
    Files.write(file, bytes);
  }

  @Test
  void lossesDoNotDependOnHowBlocksAreDealtOut() throws IOException {
    Dataset dataset = Dataset.open(STORAGE, path("data-a"));
    List<Long> validation = dataset.shardTokens(Split.VALIDATION.label());
    List<Subject> subjects =
        List.of(
            new Subject(last("apart"), DocumentMode.SEPARATE, KernelsWanted.AUTO),
            new Subject(last("apart"), DocumentMode.JOIN, KernelsWanted.AUTO));
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(new SerializableConfiguration(STORAGE.configuration()));
    List<ValidationLoss> whole = null;
    for (long tokensPerTask : new long[] {1 << 20, 1, 5000, 6200}) {
      List<ValidationLoss> losses =
          new CheckpointScores(spark, path("data-a").toString(), hadoop, tokensPerTask)
              .measure(STORAGE, subjects, validation);
      whole = whole == null ? losses : whole;
      assertThat(losses).isEqualTo(whole);
      assertThat(losses).extracting(ValidationLoss::tokens).containsExactly(15_998L, 15_999L);
    }
  }

  @Test
  void documentsKeptApartAreMeasuredAndRememberedApart() throws IOException {
    Evaluation joined = evaluate(DocumentMode.JOIN, "data-a", "modes", "apart");
    Evaluation apart = evaluate(DocumentMode.SEPARATE, "data-a", "modes", "apart");
    assertThat(apart.measured()).isEqualTo(3);
    assertThat(apart.scores())
        .allSatisfy(score -> assertThat(score.tokens()).isEqualTo(15_998))
        .noneMatch(joined.scores()::contains);
    assertThat(evaluate(DocumentMode.SEPARATE, "data-a", "modes", "apart").measured()).isZero();
    assertThat(evaluate(DocumentMode.JOIN, "data-a", "modes", "apart").scores())
        .isEqualTo(joined.scores());
  }

  @Test
  void aRunIsMeasuredAsItTrainedUnlessAskedOtherwise() throws IOException {
    assertThat(evaluate("data-a", "trained", "apart").scores())
        .extracting(Score::tokens)
        .containsExactly(15_998L, 15_998L, 15_998L);
    assertThat(evaluate(DocumentMode.JOIN, "data-a", "trained", "apart").scores())
        .extracting(Score::tokens)
        .containsExactly(15_999L, 15_999L, 15_999L);
    assertThat(evaluate("data-a", "trained", "apart", "first").scores())
        .as("count models beside runs of both kinds join documents")
        .extracting(Score::tokens)
        .containsExactly(15_999L, 15_999L, 15_998L, 15_999L);
  }

  @Test
  void tokensChangedBehindTheManifestAreNoticed() throws IOException {
    dataset("data-c", 3);
    evaluate("data-c", "damage", "first");
    Path shard = directory.resolve("data-c/validation-00000-of-00001.bin");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[10] ^= 1;
    Files.write(shard, bytes);
    assertThatThrownBy(() -> evaluate("data-c", "damage", "first"))
        .hasMessageContaining("the content has changed since it was written");
  }
}
