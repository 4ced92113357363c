package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.ContextDiagnosis;
import org.kindling.evaluation.ValidationWindows;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.Family;
import org.kindling.model.Predictor;
import org.kindling.model.count.NgramCounts;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;

/** Whole runs of families other than the transformer. */
class FamilyRunsTest {
  @TempDir Path directory;
  private TrainingFixture fixture;

  @BeforeEach
  void makeData() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  @ParameterizedTest
  @EnumSource(names = {"MLP", "RNN", "LSTM", "RNN_ATTENTION"})
  void resumedRunEqualsUninterruptedRunAndLearns(Family family) throws IOException {
    RunDescription run =
        fixture.of(family, fixture.describe(fixture.training(2, 4, 3, 18), OuterSettings.DEFAULTS));
    TrainingFixture.Recorder recorder = fixture.runLocally(run, "whole", false);
    assertThat(recorder.rounds.get(5).loss()).isLessThan(recorder.rounds.get(0).loss() - 0.2);
    fixture.runLocally(run, "broken", false);
    fixture
        .storage()
        .delete(new org.apache.hadoop.fs.Path(fixture.run("broken"), "checkpoints/step-000000018"));
    TrainingFixture.Recorder resumed = fixture.runLocally(run, "broken", true);
    assertThat(resumed.messages).containsExactly("going on from checkpoint step-000000012");
    assertThat(fixture.model("broken", 18)).isEqualTo(fixture.model("whole", 18));
    assertThat(loss("whole")).isEqualTo(recorder.rounds.get(5).validationLoss());
  }

  /** Of the newest checkpoint, as evaluation measures it, on what the run measured. */
  private double loss(String name) throws IOException {
    CheckpointStore.Found found =
        new CheckpointStore(fixture.storage(), fixture.run(name)).newestValid().orElseThrow();
    ModelConfig config = ModelConfig.read(fixture.storage(), found.directory());
    String split = Split.VALIDATION.label();
    ValidationWindows validation =
        new ValidationWindows(fixture.dataset().shardTokens(split), config.model().context());
    try (Kernels kernels = Kernels.named("vector");
        Predictor model =
            Checkpoint.open(fixture.storage(), found.directory(), config, 4, kernels);
        TokenReader tokens = fixture.dataset().tokens(split)) {
      long windows = validation.windowsFor(500);
      return validation
          .score(model, tokens, 0, windows / 2, 4)
          .plus(validation.score(model, tokens, windows / 2, windows, 4))
          .mean();
    }
  }

  private RunDescription counted(Family family) {
    return fixture.of(
        family, fixture.describe(fixture.training(1, 4, 3, 3), TrainingFixture.PLAIN));
  }

  private Progress count(Family family, String name) throws IOException {
    return new CountedRun(counted(family), fixture.identity(name), fixture.storage())
        .start(CountedRun.here(fixture.storage()));
  }

  @Test
  void countedFamiliesBeatEachOtherInOrder() throws IOException {
    for (Family family : List.of(Family.UNIGRAM, Family.BIGRAM, Family.NGRAM)) {
      Progress end = count(family, family.label());
      assertThat(end.tokens()).isEqualTo(fixture.dataset().split(Split.TRAIN.label()).tokens());
    }
    assertThat(loss("unigram")).isLessThan(Math.log(30));
    assertThat(loss("bigram")).isLessThan(loss("unigram") - 0.3);
    assertThat(loss("ngram")).isLessThan(loss("bigram") - 0.3);
  }

  @Test
  void countedRunIsDoneOnce() throws IOException {
    Progress first = count(Family.NGRAM, "counted");
    assertThatThrownBy(() -> count(Family.NGRAM, "counted"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds a run already");
    CountedRun again =
        new CountedRun(counted(Family.NGRAM), fixture.identity("counted"), fixture.storage());
    Progress resumed =
        again.resume(
            (pieces, order, vocabulary) -> {
              throw new IOException("counted again");
            });
    assertThat(resumed).isEqualTo(first);
  }

  @Test
  void piecesCoverEveryNgramOnce() throws IOException {
    NgramCounts whole = new NgramCounts(3, 257);
    NgramCounts parts = new NgramCounts(3, 257);
    String path = fixture.dataset().directory().toString();
    long end = fixture.dataset().split(Split.TRAIN.label()).tokens();
    new CountPiece(path, 0, 0, end, end, DocumentMode.JOIN).count(fixture.storage(), whole);
    for (long from = 0; from < end; from += 1000) {
      new CountPiece(path, 0, from, Math.min(end, from + 1000), end, DocumentMode.JOIN)
          .count(fixture.storage(), parts);
    }
    assertThat(whole.sorted().distinct(3)).isEqualTo(parts.sorted().distinct(3));
    assertThat(bytes(parts)).isEqualTo(bytes(whole));
  }

  private static byte[] bytes(NgramCounts counts) throws IOException {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    counts.sorted().write(out);
    return out.toByteArray();
  }

  /** One line with round, step, worker and learning rate, and where to go on from. */
  @Test
  void lossThatIsNoNumberStopsTheRun() {
    RunDescription usual = fixture.describe(fixture.training(1, 4, 3, 30), TrainingFixture.PLAIN);
    RunDescription run =
        TrainingFixture.with(
            usual.model(),
            new OptimizerSettings(1e30, 1e30, "constant", 8, 0.2, 0.9, 0.99, 1e-8, 0, 0),
            usual);
    assertThatThrownBy(() -> fixture.runLocally(run, "nan", false))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageMatching(
            "round \\d+, step \\d+, worker 0: the loss is NaN at learning rate \\d.*;"
                + " lower optimizer.learningRate or lengthen optimizer.warmupSteps;"
                + " there is no checkpoint yet")
        .hasCauseInstanceOf(ArithmeticException.class);
  }

  @Test
  void stepThatIsNotFiniteIsToldOfAndChangesNothing() throws IOException {
    RunDescription run = fixture.describe(fixture.training(2, 4, 3, 30), TrainingFixture.PLAIN);
    try (Worker worker = Worker.open(run, fixture.storage())) {
      worker.initialize();
      Tensor parameters = worker.model().parameters();
      float[] before = new float[(int) parameters.size()];
      Arrays.fill(before, 1e30f);
      parameters.write(0, before, 0, before.length);
      WorkerReport report = worker.train(new RoundPlan(7, 12, 3, 0, 2), 1);
      assertThat(report.notFinite()).startsWith("round 7, step 13, worker 1: ");
      float[] after = new float[before.length];
      parameters.read(0, after, 0, after.length);
      assertThat(after).isEqualTo(before);
    }
  }

  @Test
  void diagnosisSeesThatContextHelpsAndGradientsReachBack() throws IOException {
    RunDescription run =
        fixture.of(
            Family.LSTM, fixture.describe(fixture.training(1, 4, 3, 30), TrainingFixture.PLAIN));
    fixture.runLocally(run, "lstm", false);
    CheckpointStore.Found found =
        new CheckpointStore(fixture.storage(), fixture.run("lstm")).newestValid().orElseThrow();
    ModelConfig config = ModelConfig.read(fixture.storage(), found.directory());
    String split = Split.VALIDATION.label();
    try (Kernels kernels = Kernels.named("vector");
        Predictor model =
            Checkpoint.open(fixture.storage(), found.directory(), config, 1, kernels);
        TokenReader tokens = fixture.dataset().tokens(split)) {
      ContextDiagnosis diagnosis =
          new ContextDiagnosis(tokens, fixture.dataset().shardTokens(split), 20, 30);
      assertThat(diagnosis.windows()).isEqualTo(30);
      double[] losses = diagnosis.lossByPosition(model);
      assertThat(java.util.Arrays.stream(losses).average().orElseThrow())
          .isCloseTo(
              new ValidationWindows(fixture.dataset().shardTokens(split), 20)
                  .score(model, tokens, 0, 30, 1)
                  .mean(),
              org.assertj.core.api.Assertions.within(1e-5));
      double[] norms = diagnosis.gradientByDistance((org.kindling.model.LanguageModel) model);
      assertThat(norms).hasSize(20);
      assertThat(norms[0]).isGreaterThan(2 * norms[15]);
      assertThat(norms[15]).isPositive();
    }
  }

  @Test
  void costGrowsWithTheContext() {
    RunDescription run =
        fixture.of(
            Family.RNN, fixture.describe(fixture.training(1, 4, 3, 3), TrainingFixture.PLAIN));
    try (Kernels kernels = Kernels.named("vector")) {
      ContextCost cost = ContextCost.measure(run.model(), 257, 16, kernels);
      assertThat(cost.trainingSecondsPerToken()).isPositive();
      assertThat(cost.generationSecondsPerToken()).isPositive();
      ContextCost longer = ContextCost.measure(run.model(), 257, 64, kernels);
      assertThat(longer.trainingBytes())
          .as("a truncated segment is all that is kept")
          .isEqualTo(cost.trainingBytes());
      RunDescription transformer =
          fixture.describe(fixture.training(1, 4, 3, 3), TrainingFixture.PLAIN);
      assertThat(ContextCost.measure(transformer.model(), 257, 256, kernels).trainingBytes())
          .isGreaterThan(
              1.5 * ContextCost.measure(transformer.model(), 257, 64, kernels).trainingBytes());
    }
  }
}
