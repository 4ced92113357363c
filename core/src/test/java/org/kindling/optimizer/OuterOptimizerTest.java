package org.kindling.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class OuterOptimizerTest {
  @Test
  void plainAveragingTakesTheMeanToTheLastBit() {
    float[] mean = {0.1f, 1e-30f, 3};
    float[] parameters = {1e10f, 5, 7};
    new OuterOptimizer(new OuterSettings(1, 0)).stepTo(parameters, mean.clone(), null, 3);
    assertThat(parameters).containsExactly(mean);
  }

  @Test
  void outerRateGoesPartOfTheWay() {
    float[] parameters = {4};
    new OuterOptimizer(new OuterSettings(0.5, 0)).stepTo(parameters, new float[] {2}, null, 1);
    assertThat(parameters[0]).isEqualTo(3f);
  }

  @Test
  void takesChangesToo() {
    float[] parameters = {4, 9};
    new OuterOptimizer(new OuterSettings(0.5, 0)).stepBy(parameters, new float[] {2, 1}, null, 1);
    assertThat(parameters).containsExactly(3f, 9f);
  }

  @Test
  void nesterovStepsByHand() {
    OuterOptimizer optimizer = new OuterOptimizer(new OuterSettings(0.7, 0.9));
    float[] momentum = {0};
    float[] parameters = {10};
    optimizer.stepTo(parameters, new float[] {8}, momentum, 1);
    // d = 2, m = 2, theta = 10 - 0.7 * (2 + 0.9 * 2)
    assertThat(momentum[0]).isCloseTo(2f, within(1e-6f));
    assertThat(parameters[0]).isCloseTo(7.34f, within(1e-5f));
    optimizer.stepTo(parameters, new float[] {7}, momentum, 1);
    // d = 0.34, m = 1.8 + 0.34 = 2.14, theta = 7.34 - 0.7 * (0.34 + 0.9 * 2.14)
    assertThat(momentum[0]).isCloseTo(2.14f, within(1e-5f));
    assertThat(parameters[0]).isCloseTo(5.7538f, within(1e-4f));
  }
}
