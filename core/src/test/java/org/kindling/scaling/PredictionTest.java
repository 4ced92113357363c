package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PredictionTest {
  private static final ParametricLaw LAW = SyntheticEvaluations.CHINCHILLA;

  /** Isoflop sweeps of seven budgets; the last kind of noise has heavy tails. */
  private static List<ScalingPoint> sweep(GeneralLaw law, double noise, boolean heavy, long seed) {
    Random random = new Random(seed);
    List<ScalingPoint> points = new ArrayList<>();
    for (int b = 0; b < 7; b++) {
      double c = 6e18 * Math.pow(3, b);
      for (int s = -4; s <= 4; s++) {
        double n = Math.sqrt(c / 120) * Math.pow(1.6, s);
        double z = random.nextGaussian();
        double error = heavy ? z * Math.abs(random.nextGaussian()) : z;
        double loss = law.loss(n, c / 6 / n) * Math.exp(noise * error);
        points.add(new ScalingPoint("r", n, c / 6 / n, c, loss));
      }
    }
    return points;
  }

  @Test
  void intervalsOverRollingCutoffsCoverWhatTheyClaim() {
    int covered = 0;
    int predictions = 0;
    for (int seed = 0; seed < 12; seed++) {
      // Half of the laws are not of the form that is fitted.
      GeneralLaw law =
          seed % 2 == 0
              ? new GeneralLaw(1.69, 406.4, 410.7, 0.34, 0.28, 1)
              : new GeneralLaw(1.6, 1500, 2500, 0.4, 0.37, 0.8);
      double noise = seed % 4 < 2 ? 0.002 : 0.008;
      RollingCheck check =
          RollingCheck.of(RollingCutoffs.of(sweep(law, noise, seed % 3 == 0, seed), 1));
      assertThat(check.cutoffs()).hasSizeBetween(4, RollingCutoffs.MOST_CUTOFFS);
      covered += check.covered();
      predictions += check.predictions();
    }
    assertThat((double) covered / predictions).isBetween(0.9, 0.99);
  }

  @Test
  void intervalsWidenWithDistance() {
    List<ScalingPoint> points =
        sweep(new GeneralLaw(1.6, 1500, 2500, 0.4, 0.37, 0.8), 0.002, false, 3);
    ParametricLaw law = ParametricFit.quickly(points);
    LossPredictor predictor =
        LossPredictor.of(law, Bootstrap.of(points, law, 100, 1), points)
            .taught(RollingCutoffs.of(points, 1));
    assertThat(predictor.lessons()).isPositive();
    double last = 0;
    double narrowest = Double.POSITIVE_INFINITY;
    for (double factor : new double[] {0.5, 2, 20, 200, 2000}) {
      double c = factor * predictor.largestFlops();
      double n = Math.sqrt(c / 120);
      Interval interval = predictor.interval(n, c / 6 / n, c);
      double width = Math.log(interval.upper() / interval.lower());
      assertThat(width).isGreaterThanOrEqualTo(last);
      narrowest = Math.min(narrowest, width);
      last = width;
    }
    assertThat(last).isGreaterThan(1.5 * narrowest);
  }

  @Test
  void saysHowFarAndHowWideBeyondTenTimesTheLargestRun() {
    List<ScalingPoint> points =
        sweep(new GeneralLaw(1.69, 406.4, 410.7, 0.34, 0.28, 1), 0.004, false, 5);
    LossPredictor predictor = LossPredictor.of(LAW, Bootstrap.of(points, LAW, 60, 1), points);
    double largest = predictor.largestFlops();
    assertThat(Allocation.of(10 * largest, 6, predictor).note()).isNull();
    assertThat(Allocation.of(1000 * largest, 6, predictor).note())
        .contains("are 1000 times the largest run fitted")
        .contains("its 95% interval is");
  }

  @Test
  void profilesHoldTheTruthAndMatchTheEstimate() {
    int held = 0;
    for (int seed = 0; seed < 15; seed++) {
      List<ScalingPoint> points =
          sweep(new GeneralLaw(1.69, 406.4, 410.7, 0.34, 0.28, 1), 0.004, false, 50 + seed);
      double[] law = FormFit.search(LawForm.HOFFMANN, points, LAW);
      List<ProfileCurve> curves = ProfileLikelihood.of(points, law);
      assertThat(curves).extracting(ProfileCurve::name).containsExactly("E", "alpha", "beta", "a");
      ProfileCurve alpha = curves.get(1);
      assertThat(alpha.estimate()).isCloseTo(law[2], within(1e-12));
      assertThat(alpha.points().stream().mapToDouble(ProfileCurve.Point::deviance).min())
          .hasValue(0);
      held += alpha.interval().contains(0.34) ? 1 : 0;
    }
    // Binomial(15, 0.95) falls below 12 three times in a thousand; the seeds are fixed.
    assertThat(held).isGreaterThanOrEqualTo(12);
  }

  @Test
  void anExactFitHasNoProfile() {
    List<ScalingPoint> points =
        sweep(new GeneralLaw(1.69, 406.4, 410.7, 0.34, 0.28, 1), 0, false, 1);
    double[] law = Arrays.copyOf(ParametricFit.logarithms(LAW), FormObjective.ALL);
    assertThat(ProfileLikelihood.of(points, law)).isEmpty();
  }

  @Test
  void pricesOfOtherSizesAgreeWithTheLaw() {
    double c = 1e21;
    double best = LAW.optimalLoss(c, 6);
    OffOptimum half = OffOptimum.of(LAW, c, 6, 0.5);
    assertThat(half.loss()).isCloseTo(LAW.loss(half.parameters(), half.tokens()), within(1e-12));
    assertThat(LAW.loss(half.parameters(), half.tokensForEqualLoss()))
        .isCloseTo(best, within(1e-9));
    assertThat(LAW.optimalLoss(c / half.wastedCompute(), 6)).isCloseTo(half.loss(), within(1e-9));
    double extra = (half.computeForEqualLoss() - 1) * c;
    assertThat(half.breakEvenTokens()).isCloseTo(extra / (2 * half.parameters()), within(1e9));
    OffOptimum tiny = OffOptimum.of(LAW, c, 6, 0.01);
    assertThat(tiny.tokensForEqualLoss()).isInfinite();
    assertThat(OffOptimum.of(LAW, c, 6, 1).lossPenalty()).isCloseTo(0, within(1e-12));
  }
}
