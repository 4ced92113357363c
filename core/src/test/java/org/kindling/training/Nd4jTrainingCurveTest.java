package org.kindling.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;

/** 500 steps of small models by ND4J's operations beside the same with vector kernels. */
class Nd4jTrainingCurveTest {
  private static final int STEPS = 500;

  private static double[] losses(String name, String architecture) {
    try (Kernels kernels = Kernels.named(name)) {
      return SmallTraining.of(architecture, 1e-3).losses(kernels, STEPS);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "modern"})
  void learnsAsVectorKernelsDo(String architecture) {
    double[] expected = losses("vector", architecture);
    double[] found = losses("nd4j", architecture);
    assertThat(expected[STEPS - 1]).isLessThan(expected[0] - 1);
    for (int step = 0; step < STEPS; step++) {
      assertThat(found[step]).as("step %d", step).isCloseTo(expected[step], within(1e-3));
    }
  }
}
