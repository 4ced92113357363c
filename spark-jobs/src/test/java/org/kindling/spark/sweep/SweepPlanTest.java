package org.kindling.spark.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
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
      training: {batch: 8}
      optimizer: {learningRate: 4.0e-3, minimumLearningRate: 4.0e-4}
      referenceWidth: 64
      """;

  private static List<SweepPlan.PlannedRun> plan(String... overrides) {
    return SweepPlan.of(SweepSettings.read("sweep.yaml", YAML, List.of(overrides)), 512);
  }

  @Test
  void spendsTheBudgetOnEachOfTheNearestSizes() {
    List<SweepPlan.PlannedRun> runs = plan();
    assertThat(runs).hasSize(4);
    for (SweepPlan.PlannedRun run : runs) {
      assertThat(run.flops() / run.budget()).isCloseTo(1, within(0.02));
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
    SweepPlan.PlannedRun run = plan("warmupFraction=0.1").get(0);
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
  void equalBudgetsAreRefused() {
    assertThatThrownBy(() -> plan("budgets=[1e12, 1e12]"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two runs would be c1e12-n");
  }
}
