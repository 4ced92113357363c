package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.DataSettings;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.LossSum;
import org.kindling.evaluation.ValidationWindows;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.Family;
import org.kindling.model.Predictor;
import org.kindling.model.count.NgramCounts;
import org.kindling.optimizer.OuterSettings;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/** Runs that keep documents apart. */
class SeparateDocumentsTest {
  @TempDir private Path directory;
  private TrainingFixture fixture;

  @BeforeEach
  void makeFixture() throws IOException {
    fixture = new TrainingFixture(directory);
  }

  private RunDescription run(Family family, TrainingSettings training) throws IOException {
    RunDescription joined = fixture.describe(training, TrainingFixture.PLAIN);
    return fixture.separate(fixture.of(family, joined));
  }

  private static TrainingSettings training(int workers, int batch, int accumulate) {
    return new TrainingSettings(workers, batch, accumulate, 2, 8, 3, "fp32", "vector");
  }

  /** Gradients and reports of all workers in one step. */
  private record Step(List<float[]> gradients, List<WorkerReport> reports) {
    float[] meanGradient() {
      float[] mean = new float[gradients.get(0).length];
      for (float[] gradient : gradients) {
        for (int i = 0; i < mean.length; i++) {
          mean[i] += gradient[i] / gradients.size();
        }
      }
      return mean;
    }

    double loss() {
      return reports.stream().mapToDouble(WorkerReport::lossSum).sum() / weight();
    }

    double weight() {
      return reports.stream().mapToDouble(WorkerReport::weight).sum();
    }
  }

  private static RoundPlan oneStep(RunDescription run) {
    return new RoundPlan(1, 0, 1, 40, run.training().workers());
  }

  private Step step(RunDescription run) throws IOException {
    Step step = new Step(new ArrayList<>(), new ArrayList<>());
    for (int worker = 0; worker < run.training().workers(); worker++) {
      try (Worker replica = Worker.open(run, fixture.storage())) {
        replica.initialize();
        step.reports().add(replica.train(oneStep(run), worker));
        Tensor gradients = replica.model().gradients();
        float[] values = new float[(int) gradients.size()];
        gradients.read(0, values, 0, values.length);
        step.gradients().add(values);
      }
    }
    return step;
  }

  /** However the samples are dealt out, although the workers' weights differ. */
  @ParameterizedTest
  @EnumSource(names = {"LSTM", "MLP"})
  void meanOfTheWorkersGradientsIsThatOfTheMeanOverAllPredictions(Family family)
      throws IOException {
    Step whole = step(run(family, training(1, 12, 1)));
    assertThat(whole.weight()).isLessThan(12 * 20);
    for (TrainingSettings dealt :
        List.of(training(3, 4, 1), training(2, 2, 3), training(1, 3, 4))) {
      Step parts = step(run(family, dealt));
      assertThat(parts.weight()).isEqualTo(whole.weight());
      assertThat(parts.loss()).isCloseTo(whole.loss(), within(1e-5));
      assertThat(parts.meanGradient()).containsExactly(whole.meanGradient(), within(1e-6f));
    }
    Step three = step(run(family, training(3, 4, 1)));
    double meanOfMeans =
        three.reports().stream().mapToDouble(r -> r.lossSum() / r.weight()).average().orElse(0);
    assertThat(three.reports().stream().map(WorkerReport::weight).distinct().count())
        .isGreaterThan(1);
    assertThat(Math.abs(meanOfMeans - whole.loss())).as("means of means").isGreaterThan(3e-5);
  }

  @Test
  void lossOfARoundIsThatOfAllItsPredictions() throws IOException {
    RunDescription run = run(Family.LSTM, training(3, 4, 1));
    List<WorkerReport> reports = new ArrayList<>();
    try (LocalRounds engine = new LocalRounds(run, fixture.storage())) {
      engine.initialize(null);
      reports.addAll(engine.round(Progress.START.next(run.training(), run.training().workers())));
    }
    double sum = reports.stream().mapToDouble(WorkerReport::lossSum).sum();
    double weight = reports.stream().mapToDouble(WorkerReport::weight).sum();
    RoundMetrics first = fixture.runLocally(run, "run", false).rounds.get(0);
    assertThat(first.loss()).isEqualTo(sum / weight);
    assertThat(first.tokens()).as("all that were gone through").isEqualTo(2 * 3 * 4 * 20);
  }

  /** The checkpoint says how it trained, and its validation loss is measured in the same way. */
  @Test
  void validationPredictsWithinDocuments() throws IOException {
    RunDescription run = run(Family.LSTM, training(2, 4, 1));
    RunDescription all =
        new RunDescription(
            run.data(),
            run.vocabulary(),
            run.model(),
            run.training(),
            run.optimizer(),
            run.outer(),
            new org.kindling.evaluation.EvaluationSettings(1, 1 << 20));
    List<RoundMetrics> rounds = fixture.runLocally(all, "run", false).rounds;
    CheckpointStore.Found found =
        new CheckpointStore(fixture.storage(), fixture.run("run")).newestValid().orElseThrow();
    assertThat(found.manifest().documents()).isEqualTo("separate");
    LossSum apart = score(found, run, DocumentMode.SEPARATE);
    LossSum joined = score(found, run, DocumentMode.JOIN);
    assertThat(rounds.get(rounds.size() - 1).validationLoss())
        .isCloseTo(apart.mean(), within(1e-6))
        .isNotCloseTo(joined.mean(), within(1e-4));
    Dataset dataset = dataset(run);
    assertThat(joined.tokens() - apart.tokens())
        .isEqualTo(dataset.split(Split.VALIDATION.label()).documents() - 1);
  }

  private Dataset dataset(RunDescription run) throws IOException {
    String path = run.data().sources().get(0).path();
    return Dataset.open(fixture.storage(), new org.apache.hadoop.fs.Path(path));
  }

  private LossSum score(CheckpointStore.Found found, RunDescription run, DocumentMode mode)
      throws IOException {
    ModelConfig config = ModelConfig.read(fixture.storage(), found.directory());
    Dataset dataset = dataset(run);
    String split = Split.VALIDATION.label();
    ValidationWindows validation =
        new ValidationWindows(dataset.shardTokens(split), config.model().context());
    try (Kernels kernels = Kernels.named("vector");
        Predictor model =
            Checkpoint.open(fixture.storage(), found.directory(), config, 4, kernels);
        TokenReader tokens = dataset.tokens(split, mode)) {
      return validation.score(model, tokens, 0, validation.windows(), 4);
    }
  }

  @Test
  void resumedRunEqualsUninterruptedRun() throws IOException {
    RunDescription run = run(Family.LSTM, training(2, 4, 1));
    fixture.runLocally(run, "whole", false);
    fixture.runLocally(run, "broken", false);
    fixture
        .storage()
        .delete(new org.apache.hadoop.fs.Path(fixture.run("broken"), "checkpoints/step-000000008"));
    fixture.runLocally(run, "broken", true);
    assertThat(fixture.model("broken", 8)).isEqualTo(fixture.model("whole", 8));
  }

  @Test
  void branchesOfOtherDocumentsAreRefused() throws IOException {
    RunDescription run = run(Family.LSTM, training(1, 4, 1));
    fixture.runLocally(run, "longest", false);
    RunDescription joined =
        new RunDescription(
            run.data().sources(),
            run.vocabulary(),
            run.model(),
            run.training(),
            run.optimizer(),
            run.outer(),
            run.evaluation());
    try (LocalRounds engine = new LocalRounds(joined, fixture.storage())) {
      TrainingRun branch =
          new TrainingRun(
                  joined,
                  fixture.identity("branch"),
                  TrainingFixture.CHECKPOINTS,
                  fixture.storage(),
                  engine,
                  new TrainingFixture.Recorder())
              .branchingFrom(new BranchPoint(fixture.run("longest"), 4));
      assertThatThrownBy(branch::start).hasMessageContaining("is of other data");
    }
  }

  /** Documents of one token: there is nothing to predict, and nothing is learned. */
  @Test
  void stepsWithoutPredictionsChangeNothing() throws IOException {
    Tokenizer tokenizer = Tokenizers.named("byte").orElseThrow();
    List<int[]> single = Collections.nCopies(500, new int[] {65});
    org.apache.hadoop.fs.Path path = fixture.run("single");
    SmallDataset.write(
        fixture.storage(), path, tokenizer, Map.of(Split.TRAIN, single, Split.VALIDATION, single));
    RunDescription some = run(Family.LSTM, training(2, 4, 1));
    RunDescription run =
        new RunDescription(
            new DataSettings(DocumentMode.SEPARATE, DataSource.only(path.toString())),
            some.vocabulary(),
            some.model(),
            some.training(),
            some.optimizer(),
            OuterSettings.DEFAULTS,
            some.evaluation());
    List<RoundMetrics> rounds = fixture.runLocally(run, "nothing", false).rounds;
    assertThat(rounds).hasSize(4);
    assertThat(rounds).extracting(RoundMetrics::loss).containsOnlyNulls();
    assertThat(rounds).extracting(RoundMetrics::validationLoss).containsOnlyNulls();
    assertThat(rounds.get(3).step()).isEqualTo(8);
    assertThat(fixture.model("nothing", 8)).isEqualTo(fixture.model("nothing", 4));
    assertThat(
            fixture
                .storage()
                .readText(new org.apache.hadoop.fs.Path(fixture.run("nothing"), "metrics.jsonl")))
        .doesNotContain("NaN");
  }

  @Test
  void ngramsAcrossDocumentsAreNotCounted() throws IOException {
    RunDescription run = run(Family.NGRAM, training(1, 4, 1));
    Dataset dataset = dataset(run);
    NgramCounts expected = new NgramCounts(3, run.vocabulary());
    NgramCounts found = new NgramCounts(3, run.vocabulary());
    int[] all = new int[(int) dataset.split(Split.TRAIN.label()).tokens()];
    int[] starts = new int[all.length];
    try (TokenReader tokens = dataset.tokens(Split.TRAIN.label(), DocumentMode.SEPARATE)) {
      tokens.read(0, all, 0, all.length);
      int count = tokens.documentStarts(0, all.length, starts);
      assertThat(count).isGreaterThan(20);
      for (int i = 0; i < count; i++) {
        expected.add(all, starts[i], i + 1 < count ? starts[i + 1] : all.length);
      }
    }
    String path = dataset.directory().toString();
    for (long from = 0; from < all.length; from += 1000) {
      long to = Math.min(all.length, from + 1000);
      new CountPiece(path, 0, from, to, all.length, DocumentMode.SEPARATE)
          .count(fixture.storage(), found);
    }
    assertThat(bytes(found)).isEqualTo(bytes(expected));
    NgramCounts joined = new NgramCounts(3, run.vocabulary());
    new CountPiece(path, 0, 0, all.length, all.length, DocumentMode.JOIN)
        .count(fixture.storage(), joined);
    assertThat(bytes(joined)).isNotEqualTo(bytes(expected));
  }

  private static byte[] bytes(NgramCounts counts) throws IOException {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    counts.sorted().write(out);
    return out.toByteArray();
  }
}
