package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class IsoFlopFitTest {
  private static final double[] BUDGETS = {1e19, 1e20, 1e21, 1e22};

  @Test
  void recoversTheExponentOfTheKnownLaw() {
    IsoFlopFit fit = fit(BUDGETS, 0.25, 0.5, 1, 2, 4);
    assertThat(fit.reason()).isNull();
    assertThat(fit.budgets()).hasSize(4).allMatch(BudgetCurve::visible);
    assertThat(fit.parametersExponent()).isCloseTo(0.4516, within(0.001));
    assertThat(fit.tokensExponent()).isCloseTo(0.5484, within(0.001));
    assertThat(fit.ci95().get("a").contains(0.4516)).isTrue();
  }

  @Test
  void findsTheLowestPointOfAParabola() {
    double[] x = {1, 2, 4, 5};
    double[] y = new double[4];
    for (int i = 0; i < 4; i++) {
      y[i] = 3 + 0.5 * (x[i] - 3.2) * (x[i] - 3.2);
    }
    Parabola parabola = Parabola.through(x, y);
    assertThat(parabola.curvature()).isCloseTo(0.5, within(1e-12));
    assertThat(parabola.minimumLogParameters()).isCloseTo(3.2, within(1e-12));
    assertThat(parabola.loss(Math.exp(3.2))).isCloseTo(3, within(1e-12));
  }

  @Test
  void saysWhyABudgetHasNoVisibleMinimum() {
    assertThat(fit(BUDGETS, 0.02, 0.05, 0.1).budgets().get(0).reason())
        .contains("still falling at the largest size")
        .contains("train larger models");
    assertThat(fit(BUDGETS, 10, 20, 50).budgets().get(0).reason())
        .contains("still falling towards the smallest size")
        .contains("train smaller models");
    assertThat(fit(BUDGETS, 0.5, 2).budgets().get(0).reason())
        .isEqualTo("it has 2 different sizes and a parabola needs 3");
    assertThat(fit(BUDGETS, 0.5, 2).reason())
        .isEqualTo("none of 4 budgets has a visible minimum; an exponent needs two");
  }

  @Test
  void aHillIsNoValley() {
    List<ScalingPoint> hill =
        List.of(point(1e6, 1e12, 3), point(2e6, 1e12, 3.1), point(4e6, 1e12, 3));
    BudgetCurve curve = IsoFlopFit.of(hill, 0, 1).budgets().get(0);
    assertThat(curve.visible()).isFalse();
    assertThat(curve.reason()).contains("do not curve upwards");
    assertThat(curve.parameters()).isNaN();
  }

  @Test
  void oneBudgetHasNoExponent() {
    IsoFlopFit fit = fit(new double[] {1e20}, 0.5, 1, 2);
    assertThat(fit.parametersExponent()).isNaN();
    assertThat(fit.reason())
        .isEqualTo("all runs have one budget of 10²⁰ FLOPs; an exponent needs two budgets");
  }

  @Test
  void groupsRunsWhoseFlopsDifferByRounding() {
    List<Budget> budgets =
        Budget.group(
            List.of(
                point(1e6, 1.00e12, 3),
                point(2e6, 3.1e12, 3),
                point(3e6, 1.04e12, 3),
                point(4e6, 2.9e12, 3),
                point(5e6, 0.97e12, 3)));
    assertThat(budgets).extracting(b -> b.points().size()).containsExactly(3, 2);
    assertThat(budgets.get(0).flops()).isCloseTo(1.0029e12, within(1e8));
  }

  @Test
  void cutsAContinuumOfRunsIntoNarrowGroups() {
    List<ScalingPoint> chain = new java.util.ArrayList<>();
    for (int i = 0; i < 50; i++) {
      chain.add(point(1e6 + i, 1e12 * Math.pow(1.05, i), 3));
    }
    for (Budget budget : Budget.group(chain)) {
      double[] flops = budget.points().stream().mapToDouble(ScalingPoint::flops).sorted().toArray();
      assertThat(flops[flops.length - 1] / flops[0]).isLessThanOrEqualTo(1.1);
    }
  }

  private static ScalingPoint point(double n, double flops, double loss) {
    return new ScalingPoint("r", n, flops / 6 / n, flops, loss);
  }

  private static IsoFlopFit fit(double[] budgets, double... factors) {
    List<ScalingPoint> points =
        SyntheticEvaluations.symmetricSweep(SyntheticEvaluations.CHINCHILLA, budgets, factors)
            .stream()
            .map(r -> new ScalingPoint(r.run(), r.parameters(), r.tokens(), r.flops(), r.loss()))
            .toList();
    return IsoFlopFit.of(points, 100, 1);
  }
}
