package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class PowerFitTest {
  private static final Percentage A_HUNDRED_THOUSANDTH = Percentage.withPercentage(1e-3);
  private static final ParametricLaw LAW = SyntheticEvaluations.CHINCHILLA;
  private static final FitSettings PLAIN =
      new FitSettings(0, 1, Double.NaN, "", ParameterCount.ALL);

  @Test
  void findsTheFrontierOfPointsThatAreNotOnIt() {
    List<ScalingPoint> points = new ArrayList<>();
    for (double c : new double[] {1e19, 1e20, 1e21}) {
      for (double n : new double[] {2e8, 5e8, 1.3e9, 4e9, 1.1e10}) {
        points.add(new ScalingPoint("r", n, c / 6 / n, c, LAW.loss(n, c / 6 / n)));
      }
    }
    PowerFit fit = fit(points);
    assertThat(fit.source()).isEqualTo("frontier");
    double exponent = 0.34 * 0.28 / 0.62;
    assertThat(fit.exponent()).isCloseTo(exponent, A_HUNDRED_THOUSANDTH);
    assertThat(fit.irreducible()).isCloseTo(1.69, A_HUNDRED_THOUSANDTH);
    double scale = (LAW.optimalLoss(1e20, 6) - 1.69) * Math.pow(1e20, exponent);
    assertThat(fit.scale()).isCloseTo(scale, A_HUNDRED_THOUSANDTH);
    assertThat(fit.loss(1e24)).isCloseTo(LAW.optimalLoss(1e24, 6), A_HUNDRED_THOUSANDTH);
  }

  @Test
  void takesTheRunsThemselvesWhereSizeAndTokensGoTogether() {
    PowerFit fit = fit(frontier(1e17, 1e21, 10));
    assertThat(fit.source()).isEqualTo("envelope");
    assertThat(fit.scale()).isCloseTo(30, A_HUNDRED_THOUSANDTH);
    assertThat(fit.exponent()).isCloseTo(0.08, A_HUNDRED_THOUSANDTH);
    assertThat(fit.irreducible()).isCloseTo(1.1, A_HUNDRED_THOUSANDTH);
  }

  @Test
  void threePointsDetermineIt() {
    EnvelopeFit envelope = EnvelopeFit.of(frontier(1e18, 1e20, 10), PLAIN);
    assertThat(envelope.points()).hasSize(3);
    assertThat(envelope.reason()).isNull();
    assertThat(envelope.loss(1e22))
        .isCloseTo(30 * Math.pow(1e22, -0.08) + 1.1, A_HUNDRED_THOUSANDTH);
    EnvelopeFit two = EnvelopeFit.of(frontier(1e18, 1e19, 10), PLAIN);
    assertThat(two.reason()).isEqualTo("the envelope has 2 runs and L(C) = a·C^−b + c needs 3");
    assertThat(two.sizes().exponent()).isCloseTo(0.5, A_HUNDRED_THOUSANDTH);
  }

  private static PowerFit fit(List<ScalingPoint> points) {
    return PowerFit.of(points, ParametricFit.of(points), 6, EnvelopeFit.of(points, PLAIN), PLAIN);
  }

  private static List<ScalingPoint> frontier(double from, double to, double factor) {
    List<ScalingPoint> points = new ArrayList<>();
    for (double c = from; c < to * 1.01; c *= factor) {
      double n = Math.sqrt(c / 120);
      points.add(new ScalingPoint("r", n, c / 6 / n, c, 30 * Math.pow(c, -0.08) + 1.1));
    }
    return points;
  }
}
