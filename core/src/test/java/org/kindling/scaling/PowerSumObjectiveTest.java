package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PowerSumObjectiveTest {
  private static final double[] NEAR = {0.52, 6.0, 0.34, 6.0, 0.28};
  private static final double[] FAR = {-0.4, 3.0, 0.5, 9.0, 0.1};

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void gradientAgreesWithFiniteDifferences(int terms) {
    for (PowerSumKernel kernel : new PowerSumKernel[] {new PlainPowerSum(), new VectorPowerSum()}) {
      PowerSumObjective objective = objective(terms, 37, kernel);
      for (double[] point : new double[][] {NEAR, FAR}) {
        double[] at = objective.centred(java.util.Arrays.copyOf(point, 1 + 2 * terms));
        double[] gradient = new double[at.length];
        objective.valueAndGradient(at, gradient);
        for (int k = 0; k < at.length; k++) {
          assertThat(gradient[k])
              .as("%s, %d terms, component %d", kernel.getClass().getSimpleName(), terms, k)
              .isCloseTo(slope(objective, at, k), within(1e-4 * (1 + Math.abs(gradient[k]))));
        }
      }
    }
  }

  @Test
  void vectorsEqualPlainLoopsOnOddSizes() {
    for (int points = 1; points < 20; points++) {
      PowerSumObjective plain = objective(2, points, new PlainPowerSum());
      PowerSumObjective vector = objective(2, points, new VectorPowerSum());
      double[] at = plain.centred(FAR);
      double[] expected = new double[5];
      double[] found = new double[5];
      double value = plain.valueAndGradient(at, expected);
      assertThat(vector.valueAndGradient(at, found)).isCloseTo(value, within(1e-12 * value));
      for (int k = 0; k < 5; k++) {
        assertThat(found[k]).isCloseTo(expected[k], within(1e-11 * (1 + Math.abs(expected[k]))));
      }
    }
  }

  @Test
  void weightsCountPointsAsOftenAsRepeatingThem() {
    double[][] once = {{10, 20, 40}, {5, 7, 30}};
    double[] losses = {3, 2.5, 2.2};
    double[][] repeated = {{10, 40, 40}, {5, 30, 30}};
    double[] repeatedLosses = {3, 2.2, 2.2};
    double[] at = {0.1, 1, 0.5, 1, 0.5};
    PowerSumObjective weighted = PowerSumObjective.of(once, losses).weighted(new int[] {1, 0, 2});
    PowerSumObjective full = PowerSumObjective.of(repeated, repeatedLosses);
    double[] scratch = new double[5];
    assertThat(weighted.valueAndGradient(weighted.centred(at), scratch))
        .isCloseTo(full.valueAndGradient(full.centred(at), scratch), within(1e-9));
  }

  private static double slope(PowerSumObjective objective, double[] at, int k) {
    double h = 1e-6;
    double[] scratch = new double[at.length];
    double[] moved = at.clone();
    moved[k] = at[k] + h;
    double above = objective.valueAndGradient(moved, scratch);
    moved[k] = at[k] - h;
    return (above - objective.valueAndGradient(moved, scratch)) / (2 * h);
  }

  private static PowerSumObjective objective(int terms, int points, PowerSumKernel kernel) {
    Random random = new Random(3);
    double[][] variables = new double[terms][];
    for (int t = 0; t < terms; t++) {
      variables[t] =
          IntStream.range(0, points)
              .mapToDouble(i -> 1e6 * Math.pow(1000, random.nextDouble()))
              .toArray();
    }
    double[] losses =
        IntStream.range(0, points).mapToDouble(i -> 2 + 2 * random.nextDouble()).toArray();
    return PowerSumObjective.of(variables, losses, kernel);
  }
}
