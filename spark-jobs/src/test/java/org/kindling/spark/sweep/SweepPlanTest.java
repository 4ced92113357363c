package org.kindling.spark.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.LearningRateSchedule;
import org.kindling.settings.ShapeTable;
import org.kindling.settings.SweepSettings;

class SweepPlanTest {
  private static final String YAML =
      """
      runs: runs/a
      data: [{path: data/a}]
      budgets: [1e11, 2.7e12]
      modelsPerBudget: 2
      models:
        - {layers: 2, heads: 1, width: 16}
        - {layers: 2, heads: 2, width: 32}
        - {layers: 2, heads: 2, width: 64}
        - {layers: 2, heads: 4, width: 128}
      model: {context: 128}
      training: {microBatch: 8}
      optimizer: {learningRate: 4.0e-3, minimumLearningRate: 4.0e-4}
      referenceWidth: 64
      """;

  private static final int VOCABULARY = 512;

  private static List<PlannedRun> plan(String... overrides) {
    return SweepPlan.of(SweepSettings.read("sweep.yaml", YAML, List.of(overrides)), VOCABULARY);
  }

  @Test
  void spendsTheBudgetOnEachOfTheNearestSizes() {
    List<PlannedRun> runs = plan();
    assertThat(runs).hasSize(4);
    assertThat(runs.get(0).flops() / 1e11).isCloseTo(1, within(0.02));
    assertThat(runs.get(3).flops() / 2.7e12).isCloseTo(1, within(0.02));
    for (PlannedRun run : runs) {
      assertThat(run.tokens()).isEqualTo(run.settings().training().steps() * 8 * 128);
    }
    assertThat(runs.get(0).settings().model().width()).isEqualTo(16);
    assertThat(runs.get(3).settings().model().width()).isEqualTo(128);
    assertThat(runs.get(3).settings().run()).startsWith("runs/a/c2.7e12-n");
  }

  @Test
  void scalesTheLearningRateWithWidth() {
    double rate = plan().get(0).settings().optimizer().learningRate();
    assertThat(rate).isCloseTo(4e-3 * 2, within(1e-12));
  }

  @Test
  void warmsUpForItsShareOfTheSteps() {
    PlannedRun run = plan("warmupFraction=0.1").get(0);
    assertThat(run.settings().optimizer().warmupSteps())
        .isEqualTo((int) Math.round(run.settings().training().steps() * 0.1));
  }

  @Test
  void budgetBelowOneStepIsRefused() {
    assertThatThrownBy(() -> plan("budgets=[1e6]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("budgets: 1.00e+06 FLOPs do not pay for one step of 1024 tokens");
  }

  @Test
  void workersThatChangeAreRefused() {
    assertThatThrownBy(() -> plan("training.workersAt=[{step: 20, workers: 2}]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "sweep.yaml, training.workersAt: a sweep computes the steps of its runs from one number of workers;"
                + " leave it out");
  }

  @Test
  void equalBudgetsAreRefused() {
    assertThatThrownBy(() -> plan("budgets=[1e12, 1e12]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two runs would be c1e12-n");
  }

  @Test
  void takesSpacedShapesOfTheTableIfNoneAreNamed() {
    List<PlannedRun> runs = plan("models=[]", "budgets=[1e19]", "modelsPerBudget=5", "sizeRatio=2");
    double centre = Math.sqrt(1e19 / 120);
    assertThat(runs).hasSize(5);
    for (int i = 0; i < 5; i++) {
      double wanted = centre * Math.pow(2, i - 2);
      assertThat(Math.log(runs.get(i).parameters() / wanted)).isCloseTo(0, within(0.45));
      assertThat(runs.get(i).settings().model().heads()).isGreaterThan(4);
    }
  }

  @Test
  void tableGrowsStepByStep() {
    long before = 0;
    for (SweepSettings.Shape shape : ShapeTable.SHAPES) {
      long parameters =
          LanguageModels.layout(
                  new ModelSettings(
                      "transformer", shape.layers(), shape.heads(), shape.width(), 128, true),
                  VOCABULARY)
              .parameters();
      assertThat(parameters).isGreaterThan((long) (1.2 * before));
      before = parameters;
    }
    assertThat(before).isGreaterThan(60_000_000_000L);
  }

  @Test
  void trainsWhatTheListSaysWithItsOwnSettings() {
    List<PlannedRun> runs =
        plan(
            "budgets=[]",
            "list=[{width: 32, tokens: [1e5, 4e5], set: {optimizer.beta2: 0.95}},"
                + " {name: wide, layers: 2, heads: 2, width: 64, tokens: 1e5,"
                + " set: {training: {microBatch: 16}, optimizer.warmupSteps: 7}}]");
    assertThat(runs).extracting(run -> run.tokens() / 1000).containsExactly(100L, 400L, 100L);
    assertThat(runs.get(1).settings().optimizer().beta2()).isEqualTo(0.95);
    assertThat(runs.get(1).settings().model().layers()).isEqualTo(4);
    assertThat(runs.get(2).name()).isEqualTo("wide-d1e5");
    assertThat(runs.get(2).settings().optimizer().warmupSteps()).isEqualTo(7);
    assertThat(runs.get(2).settings().training().steps()).isEqualTo(49);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{tokens: 1e5, set: {training.steps: 3}}] | training.steps follow",
        "[{tokens: 1e5, set: {training.batch: 3}}] | list[].set, training.batch: is called training.microBatch now",
        "[{tokens: 1e5, set: {training: {steps: 3}}}] | training.steps follow",
        "[{tokens: 1e5, set: {optimizer.learningRat: 3}}] | did you mean learningRate?",
        "[{tokens: 10}] | fewer than the 1024 of one step",
        "[{width: 32}] | expected at least one number",
        "[{tokens: 1e5}, {tokens: 1e5, set: {training.seed: 2}}] | give entries of the list a name"
      })
  void listsThatCannotBeTrainedAreRefused(String list, String message) {
    assertThatThrownBy(() -> plan("budgets=[]", "list=" + list))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static List<PlannedRun> wsd() {
    return plan(
        "optimizer.schedule=wsd-sqrt",
        "budgets=[1e11, 3e11, 9e11]",
        "models=[{layers: 2, heads: 2, width: 32}]",
        "training.localSteps=7");
  }

  @Test
  void runsThatDifferInLengthShareAPrefix() {
    List<PlannedRun> runs = wsd();
    PlannedRun longest = runs.get(2);
    assertThat(longest.prefixRun()).isNull();
    for (PlannedRun branch : runs.subList(0, 2)) {
      assertThat(branch.prefixRun()).isEqualTo(longest.name());
      assertThat(branch.branchStep() % 7).isZero();
      assertThat(longest.settings().checkpoint().atSteps()).contains(branch.branchStep());
      long steps = branch.settings().training().steps();
      assertThat(branch.branchStep() / (double) steps).isCloseTo(0.8, within(7.0 / steps));
    }
  }

  @Test
  void aPrefixRunAndItsBranchesHaveTheSameRatesUpToTheBranch() {
    List<PlannedRun> runs = wsd();
    LearningRateSchedule longest = schedule(runs.get(2));
    for (PlannedRun branch : runs.subList(0, 2)) {
      LearningRateSchedule own = schedule(branch);
      for (long step = 1; step <= branch.branchStep(); step++) {
        assertThat(own.at(step)).isEqualTo(longest.at(step));
      }
      assertThat(own.at(branch.branchStep() + 1)).isLessThan(longest.at(branch.branchStep() + 1));
    }
  }

  private static LearningRateSchedule schedule(PlannedRun run) {
    return new LearningRateSchedule(run.settings().optimizer(), run.settings().training().steps());
  }

  @Test
  void sharedStepsArePaidForOnce() {
    List<PlannedRun> runs = wsd();
    PlannedRun branch = runs.get(1);
    double share = branch.ownFlops() / branch.totalFlops();
    assertThat(share).isCloseTo(0.2, within(0.01));
    assertThat(runs.get(2).ownFlops()).isEqualTo(runs.get(2).totalFlops());
    assertThat(branch.totalFlops() / branch.flops()).isBetween(1.1, 1.6);
  }

  @Test
  void cosineRunsShareNothing() {
    assertThat(plan("models=[{layers: 2, heads: 2, width: 32}]"))
        .allMatch(run -> run.prefixRun() == null && run.ownFlops() == run.totalFlops());
  }
}
