package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class ScalingFitTest {
  private static final double[] BUDGETS = {1e12, 3e12, 9e12};
  private static final double[] SIZES = {0.3, 0.55, 1, 1.8, 3.3};
  private static final List<EvaluationRow> DEMO = SyntheticEvaluations.demo(BUDGETS, SIZES, 0.002);

  @Test
  void fitsFinalRunsAndSaysWhyNotTheOthers() {
    ScalingFit fit = ScalingFit.of(DEMO, FitSettings.DEFAULTS);
    assertThat(fit.parametric().points()).isEqualTo(15);
    assertThat(fit.excluded()).hasSize(2 + 15 * 4);
    assertThat(fit.excluded().get(0).reason()).contains("baseline");
    assertThat(fit.excluded().get(2).reason()).contains("not the run's last");
    assertThat(fit.flopsPerParameterToken()).isEqualTo(6);
    assertThat(fit.isoflop().budgets()).hasSize(3);
    assertThat(fit.isoflop().parametersExponent()).isCloseTo(0.4516, within(0.05));
  }

  @Test
  void holdsOutTheLargestBudgetByItself() {
    HeldOut heldOut = ScalingFit.of(DEMO, FitSettings.DEFAULTS).heldOut();
    assertThat(heldOut.chosenBy()).isEqualTo("largest budgets");
    assertThat(heldOut.fitted()).isEqualTo(10);
    assertThat(heldOut.predictions()).hasSize(5).allMatch(p -> p.flops() > 8e12);
    assertThat(heldOut.meanRelativeError()).isBetween(0.0, 0.05);
    assertThat(heldOut.covered()).isBetween(4, 5);
  }

  @Test
  void holdsOutATenthOfScatteredRuns() {
    List<EvaluationRow> rows =
        SyntheticEvaluations.scattered(SyntheticEvaluations.CHINCHILLA, 60, 0.005, 4);
    HeldOut heldOut = ScalingFit.of(rows, FitSettings.DEFAULTS).heldOut();
    assertThat(heldOut.predictions()).hasSizeBetween(6, 12);
    assertThat(heldOut.fitted()).isEqualTo(60 - heldOut.predictions().size());
    assertThat(heldOut.meanRelativeError()).isLessThan(0.02);
  }

  @Test
  void predictsExactlyAboveAGivenCutoffWithoutNoise() {
    FitSettings settings = new FitSettings(0, 1, 2e12, "", ParameterCount.ALL);
    List<EvaluationRow> rows =
        SyntheticEvaluations.symmetricSweep(
            SyntheticEvaluations.DEMO, new double[] {5e11, 1e12, 3e12}, SIZES);
    HeldOut heldOut = ScalingFit.of(rows, settings).heldOut();
    assertThat(heldOut.chosenBy()).isEqualTo("user");
    assertThat(heldOut.predictions()).hasSize(5);
    assertThat(heldOut.meanRelativeError()).isLessThan(1e-6);
    assertThat(heldOut.predictions().get(0).interval()).isNull();
  }

  @Test
  void saysWhyNothingIsHeldOut() {
    List<EvaluationRow> two = SyntheticEvaluations.demo(new double[] {1e12, 3e12}, SIZES, 0.002);
    assertThat(ScalingFit.of(two, FitSettings.DEFAULTS).heldOut().reason())
        .isEqualTo("found 2 budgets; holding out the largest needs 3");
    FitSettings high = new FitSettings(0, 1, 1e13, "", ParameterCount.ALL);
    assertThat(ScalingFit.of(DEMO, high).heldOut().reason())
        .isEqualTo("15 runs lie below 10¹³ FLOPs and 0 above; expected at least 6 and 1");
  }

  @Test
  void recoversTheEnvelope() {
    List<EvaluationRow> rows = new ArrayList<>();
    for (double flops = 1e12; flops < 1e16; flops *= 4) {
      double n = Math.sqrt(flops / 120);
      double loss = 30 * Math.pow(flops, -0.08) + 1.1;
      rows.add(SyntheticEvaluations.row("best", n, flops / 6 / n, loss));
      rows.add(SyntheticEvaluations.row("small", n / 3, flops / 2 / n, loss + 0.2));
    }
    EnvelopeFit envelope =
        ScalingFit.of(rows, new FitSettings(0, 1, Double.NaN, "", ParameterCount.ALL)).envelope();
    assertThat(envelope.points()).hasSize(7).allMatch(p -> p.run().equals("best"));
    assertThat(envelope.scale()).isCloseTo(30, Percentage.withPercentage(0.01));
    assertThat(envelope.exponent()).isCloseTo(0.08, Percentage.withPercentage(0.01));
    assertThat(envelope.irreducible()).isCloseTo(1.1, Percentage.withPercentage(0.01));
  }

  @Test
  void jsonComesBackAsItWas() {
    ScalingFit fit = ScalingFit.of(DEMO, FitSettings.DEFAULTS);
    String json = FitJson.write(fit);
    assertThat(FitJson.read(json, "fit.json")).isEqualTo(fit);
    assertThat(json)
        .contains("\"parametric\"", "\"startsAtOptimum\"", "\"ci95\"", "\"E\" : ", "\"seconds\"")
        .doesNotContain("NaN");
    assertThatThrownBy(() -> FitJson.read("{}", "fit.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("fit.json: ");
    assertThatThrownBy(() -> FitJson.read("[", "fit.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a fit.json");
  }

  @Test
  void warnsWhenTheLossDoesNotFallWithTokens() {
    List<EvaluationRow> rows = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      double n = 1e6 * Math.pow(2, i % 4);
      double d = 1e7 * Math.pow(2, i / 4);
      rows.add(SyntheticEvaluations.row("r" + i, n, d, 30 * Math.pow(n, -0.2) + 0.02 * (i / 4)));
    }
    ScalingFit fit = ScalingFit.of(rows, FitSettings.DEFAULTS);
    assertThat(fit.parametric().beta()).isNegative();
    assertThat(fit.warnings()).anyMatch(w -> w.contains("does not fall with tokens"));
    assertThat(fit.optimal()).isEmpty();
    assertThat(fit.parametric().parametersExponent()).isNaN();
  }

  @Test
  void saysWhenTheIrreducibleLossIsNotDetermined() {
    List<EvaluationRow> noisy =
        SyntheticEvaluations.demo(BUDGETS, new double[] {0.35, 0.6, 1, 1.7}, 0.01);
    ScalingFit fit = ScalingFit.of(noisy, FitSettings.DEFAULTS);
    assertThat(fit.parametric().ci95().get("E").lower()).isZero();
    assertThat(fit.warnings()).anyMatch(w -> w.contains("interval of E reaches down to zero"));
  }

  @Test
  void warnsOfRunsThatVaryOnlyOneThing() {
    List<EvaluationRow> rows = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      double n = 1e6 * Math.pow(1.1, i);
      rows.add(
          SyntheticEvaluations.row("r" + i, n, 20 * n, SyntheticEvaluations.DEMO.loss(n, 20 * n)));
    }
    List<String> warnings = ScalingFit.of(rows, FitSettings.DEFAULTS).warnings();
    assertThat(warnings).anyMatch(w -> w.contains("can hardly be told apart"));
    assertThat(warnings).anyMatch(w -> w.contains("9 runs for the 5 parameters"));
    assertThat(warnings).anyMatch(w -> w.contains("only 2.1 times the smallest"));
  }

  @Test
  void refusesToMixFamilies() {
    List<EvaluationRow> rows = new ArrayList<>(DEMO);
    rows.add(new EvaluationRow("rnn", "lstm", 1, 1e5, Double.NaN, 1e6, 6e11, 4, Double.NaN, true));
    assertThatThrownBy(() -> ScalingFit.of(rows, FitSettings.DEFAULTS))
        .isInstanceOf(UnfittableException.class)
        .hasMessageContaining("{lstm=1, transformer=15}")
        .hasMessageContaining("--family");
    FitSettings chosen = new FitSettings(0, 1, Double.NaN, "transformer", ParameterCount.ALL);
    assertThat(ScalingFit.of(rows, chosen).excluded())
        .anyMatch(e -> e.reason().equals("of family lstm, the law is of transformer"));
    FitSettings unknown = new FitSettings(0, 1, Double.NaN, "gru", ParameterCount.ALL);
    assertThatThrownBy(() -> ScalingFit.of(rows, unknown)).hasMessageContaining("'gru'");
  }

  @Test
  void leavesOutExactDuplicatesAndReportsTheOthers() {
    List<EvaluationRow> rows = new ArrayList<>(DEMO);
    EvaluationRow last = rows.get(rows.size() - 1);
    rows.add(last);
    rows.add(
        SyntheticEvaluations.row("seed 2", last.parameters(), last.tokens(), last.loss() * 1.001));
    PointSelection selection = PointSelection.of(rows, FitSettings.DEFAULTS);
    assertThat(selection.points()).hasSize(16);
    assertThat(selection.excluded())
        .anyMatch(e -> e.reason().startsWith("the same parameters, tokens and loss as run"));
    assertThat(selection.warnings())
        .singleElement()
        .asString()
        .contains("and seed 2 have the same");
  }

  @Test
  void countsParametersWithoutEmbeddings() {
    FitSettings settings = new FitSettings(0, 1, Double.NaN, "", ParameterCount.NON_EMBEDDING);
    EvaluationRow first = DEMO.get(6);
    assertThat(PointSelection.of(DEMO, settings).points().get(0).parameters())
        .isEqualTo(first.parameters() - first.embeddingParameters());
    assertThatThrownBy(
            () ->
                PointSelection.of(
                    SyntheticEvaluations.scattered(SyntheticEvaluations.DEMO, 6, 0, 1), settings))
        .hasMessageContaining("--non-embedding");
  }

  @Test
  void refusesSettingsThatMeanNothing() {
    assertThatThrownBy(() -> new FitSettings(10, 1, Double.NaN, "", ParameterCount.ALL))
        .hasMessageContaining("--bootstrap: found 10");
    assertThatThrownBy(() -> new FitSettings(0, 1, -1, "", ParameterCount.ALL))
        .hasMessageContaining("--holdout-above");
  }

  @Test
  void countsFlops() {
    assertThat(Flops.ofTraining(1e6, 2e7)).isEqualTo(1.2e14);
    assertThat(Flops.ofTransformer(1e6, 4, 64, 128, 10))
        .isEqualTo((6e6 + 12.0 * 4 * 64 * 128) * 10);
  }
}
