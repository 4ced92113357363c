package org.kindling.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class OuterOptimizerTest {
  @Test
  void plainAveragingTakesTheMeanToTheLastBit() {
    float[] mean = {0.1f, 1e-30f, 3};
    float[] expected = mean.clone();
    new OuterOptimizer(new OuterSettings(1, 0)).step(new float[] {1e10f, 5, 7}, mean, null);
    assertThat(mean).containsExactly(expected);
  }

  @Test
  void outerRateGoesPartOfTheWay() {
    float[] mean = {2};
    new OuterOptimizer(new OuterSettings(0.5, 0)).step(new float[] {4}, mean, null);
    assertThat(mean[0]).isEqualTo(3f);
  }

  @Test
  void nesterovStepsByHand() {
    OuterOptimizer optimizer = new OuterOptimizer(new OuterSettings(0.7, 0.9));
    float[] momentum = {0};
    float[] first = {8};
    optimizer.step(new float[] {10}, first, momentum);
    // d = 2, m = 2, theta = 10 - 0.7 * (2 + 0.9 * 2)
    assertThat(momentum[0]).isCloseTo(2f, within(1e-6f));
    assertThat(first[0]).isCloseTo(7.34f, within(1e-5f));
    float[] second = {7};
    optimizer.step(first, second, momentum);
    // d = 0.34, m = 1.8 + 0.34 = 2.14, theta = 7.34 - 0.7 * (0.34 + 0.9 * 2.14)
    assertThat(momentum[0]).isCloseTo(2.14f, within(1e-5f));
    assertThat(second[0]).isCloseTo(5.7538f, within(1e-4f));
  }
}
