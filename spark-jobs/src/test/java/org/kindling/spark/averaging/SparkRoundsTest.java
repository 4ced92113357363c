package org.kindling.spark.averaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.model.Family;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.spark.counting.SparkCounter;
import org.kindling.storage.WriteFailedException;
import org.kindling.training.CountedRun;
import org.kindling.training.Decisions;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingFixture;
import org.kindling.training.WorkersAt;

class SparkRoundsTest {
  @TempDir Path directory;
  private TrainingFixture fixture;

  @BeforeEach
  void makeData() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  @ParameterizedTest
  @CsvSource({"local[1], 1, 1, 0", "local[2], 3, 0.7, 0.9", "local[1], 3, 0.7, 0.9"})
  void equalsTheReferenceBitForBit(String master, int workers, double rate, double momentum)
      throws IOException {
    RunDescription run =
        fixture.describe(fixture.training(workers, 4, 3, 14), new OuterSettings(rate, momentum));
    fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = spark(master)) {
      train(spark, run, "spark", false);
    }
    assertThat(fixture.model("spark", 14)).isEqualTo(fixture.model("reference", 14));
  }

  @ParameterizedTest
  @CsvSource({"fp32, false", "int8, true"})
  void workersThatChangeEqualTheReferenceBitForBit(String exchange, boolean overlap)
      throws IOException {
    RunDescription run =
        fixture.describe(
            fixture
                .training(3, 4, 3, 14)
                .exchanging(exchange, overlap)
                .withWorkersAt(List.of(new WorkersAt(3, 1), new WorkersAt(9, 5))),
            OuterSettings.DEFAULTS);
    fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = spark("local[2]")) {
      TrainingFixture.Recorder recorder = train(spark, run, "spark", false);
      assertThat(recorder.rounds).extracting(RoundMetrics::workers).containsExactly(3, 1, 1, 5, 5);
    }
    assertThat(fixture.model("spark", 14)).isEqualTo(fixture.model("reference", 14));
  }

  @ParameterizedTest
  @CsvSource({
    "local[1], bf16, false",
    "local[2], int8, false",
    "local[2], int4, false",
    "local[3], fp32, true",
    "local[3], int4, true"
  })
  void codedAndOverlappingRoundsEqualTheReference(String master, String exchange, boolean overlap)
      throws IOException {
    RunDescription run =
        fixture.describe(
            fixture.training(2, 4, 1, 14).exchanging(exchange, overlap), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = spark(master)) {
      train(spark, run, "spark", false);
    }
    assertThat(fixture.model("spark", 14)).isEqualTo(fixture.model("reference", 14));
  }

  /** On one core workers are done one after the other, so not all of them count. */
  @ParameterizedTest
  @CsvSource({"fp32, false", "int8, true"})
  void whoCountedIsOnRecordAndReplayed(String exchange, boolean overlap) throws IOException {
    RunDescription run =
        fixture.describe(
            fixture.training(3, 4, 1, 8).exchanging(exchange, overlap).withQuorum(1, 0),
            OuterSettings.DEFAULTS);
    try (JavaSparkContext spark = spark("local[1]")) {
      assertThat(train(spark, run, "spark", false).messages)
          .anyMatch(
              message -> message.matches("round \\d: [12] of 3 workers were done in time .*"));
    }
    Path decisions = directory.resolve("spark").resolve(Decisions.FILE);
    assertThat(decisions).content().contains("\"round\":8,\"counted\":[0");
    Files.createDirectories(directory.resolve("replay"));
    Files.copy(decisions, directory.resolve("replay").resolve(Decisions.FILE));
    fixture.runLocally(run, "replay", true);
    assertThat(fixture.model("spark", 8)).isEqualTo(fixture.model("replay", 8));
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void otherFamiliesEqualTheReferenceBitForBit(Family family) throws IOException {
    RunDescription run =
        fixture.of(family, fixture.describe(fixture.training(2, 2, 2, 4), OuterSettings.DEFAULTS));
    fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = spark("local[2]")) {
      train(spark, run, "spark", false);
    }
    assertThat(fixture.model("spark", 4)).isEqualTo(fixture.model("reference", 4));
  }

  @Test
  void documentsKeptApartEqualTheReferenceBitForBit() throws IOException {
    RunDescription run =
        fixture.separate(
            fixture.of(
                Family.LSTM,
                fixture.describe(fixture.training(3, 2, 2, 4), OuterSettings.DEFAULTS)));
    TrainingFixture.Recorder reference = fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = spark("local[2]")) {
      TrainingFixture.Recorder recorder = train(spark, run, "spark", false);
      for (int r = 0; r < reference.rounds.size(); r++) {
        assertThat(recorder.rounds.get(r).loss()).isEqualTo(reference.rounds.get(r).loss());
        assertThat(recorder.rounds.get(r).validationLoss())
            .isEqualTo(reference.rounds.get(r).validationLoss());
      }
    }
    assertThat(fixture.model("spark", 4)).isEqualTo(fixture.model("reference", 4));
  }

  @Test
  void countsWhatTheReferenceCounts() throws IOException {
    RunDescription run =
        fixture.of(
            Family.NGRAM, fixture.describe(fixture.training(1, 2, 2, 4), OuterSettings.DEFAULTS));
    new CountedRun(run, fixture.identity("here"), fixture.storage())
        .start(CountedRun.here(fixture.storage()));
    try (JavaSparkContext spark = spark("local[2]")) {
      new CountedRun(run, fixture.identity("spark"), fixture.storage())
          .start(new SparkCounter(spark, "spark"));
    }
    assertThat(counts("spark")).isEqualTo(counts("here"));
  }

  private byte[] counts(String name) throws IOException {
    return fixture
        .storage()
        .read(
            new org.apache.hadoop.fs.Path(
                fixture.run(name), "checkpoints/step-000000001/ngrams.bin"));
  }

  @Test
  void resumesTheReferencesCheckpointAndTheOtherWayRound() throws IOException {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 24), OuterSettings.DEFAULTS);
    fixture.runLocally(run, "whole", false);
    fixture.runLocally(run, "broken", false);
    for (String later : new String[] {"step-000000018", "step-000000024"}) {
      fixture
          .storage()
          .delete(new org.apache.hadoop.fs.Path(fixture.run("broken"), "checkpoints/" + later));
    }
    try (JavaSparkContext spark = spark("local[2]")) {
      TrainingFixture.Recorder recorder = train(spark, run, "broken", true);
      assertThat(recorder.messages).containsExactly("going on from checkpoint step-000000012");
    }
    assertThat(fixture.model("broken", 24)).isEqualTo(fixture.model("whole", 24));
  }

  @Test
  void reportsLossesOfEveryWorkerAndValidationLossLikeTheReference() throws IOException {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 6), OuterSettings.DEFAULTS);
    TrainingFixture.Recorder reference = fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = spark("local[2]")) {
      TrainingFixture.Recorder recorder = train(spark, run, "spark", false);
      for (int r = 0; r < 2; r++) {
        assertThat(recorder.rounds.get(r).loss()).isEqualTo(reference.rounds.get(r).loss());
        assertThat(recorder.rounds.get(r).validationLoss())
            .isEqualTo(reference.rounds.get(r).validationLoss());
      }
    }
  }

  @Test
  void mixtureEqualsTheReferenceBitForBit() throws IOException {
    RunDescription run =
        fixture.mixed(fixture.describe(fixture.training(3, 4, 3, 14), OuterSettings.DEFAULTS));
    TrainingFixture.Recorder reference = fixture.runLocally(run, "reference", false);
    try (JavaSparkContext spark = spark("local[2]")) {
      TrainingFixture.Recorder recorder = train(spark, run, "spark", false);
      for (int r = 0; r < reference.rounds.size(); r++) {
        assertThat(recorder.rounds.get(r).sources()).isEqualTo(reference.rounds.get(r).sources());
      }
    }
    assertThat(fixture.model("spark", 14)).isEqualTo(fixture.model("reference", 14));
  }

  @Test
  void whatCannotBeWrittenIsNoLossOfState() throws IOException {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 6), OuterSettings.DEFAULTS);
    try (JavaSparkContext spark = spark("local[2]");
        SparkRounds engine = new SparkRounds(spark, "unwritable", run);
        CheckpointWriter checkpoint =
            new CheckpointStore(fixture.storage(), fixture.run("unwritable")).begin(0)) {
      engine.initialize(null);
      fixture.storage().delete(checkpoint.directory());
      fixture.storage().writeText(checkpoint.directory(), "a file in the way");
      assertThatThrownBy(() -> engine.write(checkpoint))
          .isInstanceOf(WriteFailedException.class)
          .hasMessageMatching(".*step-000000000\\.[^/]*\\.tmp/state-0000.*")
          .hasMessageContaining("safetensors: cannot be written after 0 bytes");
    }
  }

  /** A task that fails by its own error is run four times by Spark, to the same end. */
  @Test
  void lossThatIsNoNumberIsFoundOnce() throws Exception {
    RunDescription usual = fixture.describe(fixture.training(2, 4, 3, 30), new OuterSettings(1, 0));
    RunDescription run =
        TrainingFixture.with(
            usual.model(),
            new OptimizerSettings(1e30, 1e30, "constant", 8, 0.2, 0.9, 0.99, 1e-8, 0, 0),
            usual);
    try (JavaSparkContext spark = spark("local[2,4]")) {
      AtomicInteger failed = new AtomicInteger();
      spark
          .sc()
          .addSparkListener(
              new SparkListener() {
                @Override
                public void onTaskEnd(SparkListenerTaskEnd task) {
                  if (!task.taskInfo().successful()) {
                    failed.incrementAndGet();
                  }
                }
              });
      assertThatThrownBy(() -> train(spark, run, "nan", false))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageMatching(
              "round \\d+, step \\d+, worker \\d: the loss is NaN at learning rate .*;"
                  + " there is no checkpoint yet")
          .hasCauseInstanceOf(ArithmeticException.class);
      // The bus hands events on in order: once the next job's are through, so are all before.
      spark.parallelize(List.of(1)).count();
      spark.sc().listenerBus().waitUntilEmpty();
      assertThat(failed).hasValue(0);
    }
  }

  private TrainingFixture.Recorder train(
      JavaSparkContext spark, RunDescription run, String name, boolean resume) throws IOException {
    try (SparkRounds engine = new SparkRounds(spark, name, run)) {
      return fixture.train(engine, run, name, resume);
    }
  }

  private static JavaSparkContext spark(String master) {
    return new JavaSparkContext(
        new SparkConf()
            .setMaster(master)
            .setAppName("rounds")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1"));
  }
}
