package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.storage.BlockId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingFixture;
import org.kindling.training.TrainingSettings;
import org.kindling.training.WorkersAt;
import scala.Option;
import scala.collection.JavaConverters;

class Dl4jRoundsTest {
  private static JavaSparkContext spark;
  @TempDir Path directory;
  private TrainingFixture fixture;

  @BeforeAll
  static void open() {
    spark =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("rounds")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.host", "127.0.0.1"));
  }

  @AfterAll
  static void close() {
    spark.close();
  }

  @BeforeEach
  void makeData() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  private static TrainingSettings training(int workers, int localSteps, long steps) {
    return new TrainingSettings(workers, 4, 1, localSteps, steps, 3, "fp32", "auto");
  }

  private RunDescription plain(TrainingSettings training) {
    return fixture.describe(training, TrainingFixture.PLAIN);
  }

  private static RunDescription of(RunDescription run, ModelSettings model) {
    return new RunDescription(
        run.data(),
        run.vocabulary(),
        model,
        run.training(),
        run.optimizer(),
        run.outer(),
        run.evaluation());
  }

  private static ModelSettings small(Family family) {
    ModelSettings d = ModelSettings.defaults(family);
    if (family == Family.TRANSFORMER) {
      return new ModelSettings(d.family(), d.layers(), 2, 12, 20, d.tied());
    }
    int hidden = d.hidden() == 0 ? 0 : 16;
    int window = d.window() == 0 ? 0 : 4;
    int truncation = d.truncation() == 0 ? 0 : 20;
    return new ModelSettings(family, d.layers(), 12, 20, 0, window, hidden, truncation);
  }

  /**
   * Same samples, same learning rates, same clipping, same decay: what remains is rounding, and the
   * place of Adam's epsilon.
   */
  @ParameterizedTest
  @CsvSource({"TRANSFORMER, 1", "TRANSFORMER, 3", "LSTM, 2", "RNN_ATTENTION, 1", "MLP, 1"})
  void learnsWhatKindlingsRoundsLearn(Family family, int workers) throws IOException {
    RunDescription run = of(plain(training(workers, 3, 14)), small(family));
    TrainingFixture.Recorder reference = fixture.runLocally(run, "reference", false);
    TrainingFixture.Recorder recorder = train(run, "dl4j", false);
    assertThat(recorder.rounds).hasSameSizeAs(reference.rounds);
    for (int r = 0; r < reference.rounds.size(); r++) {
      RoundMetrics expected = reference.rounds.get(r);
      RoundMetrics found = recorder.rounds.get(r);
      assertThat(found.loss()).isCloseTo(expected.loss(), within(2e-3));
      assertThat(found.gradientNorm())
          .isCloseTo(expected.gradientNorm(), within(0.02 * expected.gradientNorm()));
      assertThat(found.learningRate()).isEqualTo(expected.learningRate());
      assertThat(found.samples()).isEqualTo(expected.samples());
      if (expected.validationLoss() != null) {
        assertThat(found.validationLoss()).isCloseTo(expected.validationLoss(), within(2e-3));
      }
    }
    double first = recorder.rounds.get(0).loss();
    assertThat(recorder.rounds.get(recorder.rounds.size() - 1).loss()).isLessThan(first - 0.1);
  }

  @Test
  void resumedRunEqualsUninterruptedRun() throws IOException {
    RunDescription run = plain(training(2, 3, 18));
    train(run, "whole", false);
    train(run, "broken", false);
    fixture
        .storage()
        .delete(new org.apache.hadoop.fs.Path(fixture.run("broken"), "checkpoints/step-000000018"));
    TrainingFixture.Recorder recorder = train(run, "broken", true);
    assertThat(recorder.messages).containsExactly("going on from checkpoint step-000000012");
    assertThat(fixture.model("broken", 18)).isEqualTo(fixture.model("whole", 18));
  }

  @Test
  void nothingBroadcastRemains() throws IOException {
    // Large beside the configuration of Hadoop, which stays.
    ModelSettings model = new ModelSettings("transformer", 1, 2, 128, 8, true);
    RunDescription run = of(plain(training(2, 2, 6)), model);
    try (Dl4jRounds engine = new Dl4jRounds(spark, "leaks", run, fixture.storage())) {
      engine.initialize(null);
      for (int r = 1; r <= 3; r++) {
        engine.round(new RoundPlan(r, 2L * (r - 1), 2, 16L * (r - 1), 2));
        engine.validationLoss();
      }
      // Spark removes what is destroyed when it gets to it.
      long most = 4 * run.sharding().size();
      Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
      while (largestBroadcastBytes() >= most && Instant.now().isBefore(deadline)) {
        LockSupport.parkNanos(10_000_000);
      }
      assertThat(largestBroadcastBytes()).isLessThan(most);
    }
  }

  private static long largestBroadcastBytes() {
    var blocks = SparkEnv.get().blockManager();
    scala.collection.Seq<BlockId> ids = blocks.getMatchingBlockIds(BlockId::isBroadcast);
    // Spark's cleaner may take a block away after it was listed.
    return JavaConverters.seqAsJavaList(ids).stream()
        .map(blocks::getStatus)
        .filter(Option::isDefined)
        .mapToLong(status -> status.get().memSize())
        .max()
        .orElse(0);
  }

  @Test
  void stopsWhenTheLossIsNotFinite() throws IOException {
    RunDescription run = plain(training(2, 3, 6));
    OptimizerSettings wild =
        new OptimizerSettings(1e30, 1e30, "constant", 0, 0.2, 0.9, 0.99, 1e-8, 0.1, 0);
    RunDescription diverging =
        new RunDescription(
            run.data(),
            run.vocabulary(),
            run.model(),
            run.training(),
            wild,
            run.outer(),
            run.evaluation());
    assertThatThrownBy(() -> train(diverging, "diverging", false))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageMatching("step 2, worker [01]: the loss is NaN at learning rate 1.0E30; .*");
  }

  @Test
  void refusesWhatDl4jDoesNotDo() throws IOException {
    assertRefused(
        fixture.separate(plain(training(2, 3, 6))),
        "data.documents: separate, but DL4J's trainer divides by all tokens of a batch and carries"
            + " state across documents; use documents: join, or training.averaging: kindling");
    TrainingSettings training = training(2, 3, 6);
    assertRefused(
        fixture.describe(training, OuterSettings.DEFAULTS),
        "outer: learningRate 0.7 and momentum 0.9, but DL4J takes plain means; use"
            + " outer.learningRate: 1 and outer.momentum: 0");
    assertRefused(
        plain(new TrainingSettings(1, 4, 1, 3, 6, 3, "bf16", "auto")), "training.precision: ");
    assertRefused(
        plain(new TrainingSettings(1, 4, 1, 3, 6, 3, "fp32", "nd4j")), "training.kernels: ");
    TrainingSettings onCpu =
        new TrainingSettings(
            1,
            4,
            1,
            3,
            6,
            3,
            "fp32",
            "auto",
            "cpu",
            TrainingSettings.KINDLING,
            "none",
            "fp32",
            false,
            java.util.List.of(),
            0,
            0);
    assertRefused(plain(onCpu), "training.device: ");
    assertRefused(
        plain(training(2, 2, 6).withWorkersAt(java.util.List.of(new WorkersAt(2, 3)))),
        "training.workersAt: ");
    assertRefused(
        muon(plain(training)),
        "optimizer.kind: muon, but DL4J's networks are trained by AdamW; use kind: adamw, or"
            + " training.averaging: kindling");
    ModelSettings cut = new ModelSettings(Family.LSTM, 1, 12, 20, 0, 0, 0, 10);
    assertRefused(of(plain(training), cut), "model.truncation: ");
    assertRefused(
        of(plain(training), ModelSettings.defaults(Family.BIGRAM)),
        "training.averaging: bigram is counted");
  }

  private static RunDescription muon(RunDescription run) {
    return new RunDescription(
        run.data(),
        run.vocabulary(),
        run.model(),
        run.training(),
        run.optimizer().withKind("muon"),
        run.outer(),
        run.evaluation());
  }

  private static void assertRefused(RunDescription run, String message) {
    assertThatThrownBy(() -> Dl4jLimits.require(run))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private TrainingFixture.Recorder train(RunDescription run, String name, boolean resume)
      throws IOException {
    try (Dl4jRounds engine = new Dl4jRounds(spark, name, run, fixture.storage())) {
      return fixture.train(engine, run, name, resume);
    }
  }
}
