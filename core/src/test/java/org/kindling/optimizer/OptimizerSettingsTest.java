package org.kindling.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerSettingsTest {
  @Test
  void defaultsAreThoseOfTheReferenceRuns() {
    assertThat(OptimizerSettings.DEFAULTS)
        .isEqualTo(
            new OptimizerSettings(1e-3, 1e-4, "cosine", 100, 0.2, 0.9, 0.99, 1e-8, 0.1, 1.0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0    | 0    | cosine | 1  | 0.2 | 0.9 | 0.99 | 1e-8 | 0.1 | 1  | optimizer.learningRate: expected a number above 0, found 0
          NaN  | 0    | cosine | 1  | 0.2 | 0.9 | 0.99 | 1e-8 | 0.1 | 1  | optimizer.learningRate: expected a number above 0, found NaN
          1e-3 | 1e-2 | cosine | 1  | 0.2 | 0.9 | 0.99 | 1e-8 | 0.1 | 1  | optimizer.minimumLearningRate: expected 0 to optimizer.learningRate (0.001), found 0.01
          1e-3 | 1e-4 | cosin  | 1  | 0.2 | 0.9 | 0.99 | 1e-8 | 0.1 | 1  | optimizer.schedule: unknown schedule 'cosin'; use one of cosine, wsd, wsd-sqrt, constant
          1e-3 | 1e-4 | wsd    | -1 | 0.2 | 0.9 | 0.99 | 1e-8 | 0.1 | 1  | optimizer.warmupSteps: expected 0 or more steps, found -1
          1e-3 | 1e-4 | wsd    | 1  | 1.2 | 0.9 | 0.99 | 1e-8 | 0.1 | 1  | optimizer.decayFraction: expected 0 to 1, found 1.2
          1e-3 | 1e-4 | wsd    | 1  | 0.2 | 1   | 0.99 | 1e-8 | 0.1 | 1  | optimizer.beta1: expected 0 or more and below 1, found 1
          1e-3 | 1e-4 | wsd    | 1  | 0.2 | 0.9 | -1   | 1e-8 | 0.1 | 1  | optimizer.beta2: expected 0 or more and below 1, found -1
          1e-3 | 1e-4 | wsd    | 1  | 0.2 | 0.9 | 0.99 | 0    | 0.1 | 1  | optimizer.epsilon: expected a number above 0, found 0
          1e-3 | 1e-4 | wsd    | 1  | 0.2 | 0.9 | 0.99 | 1e-8 | -2  | 1  | optimizer.weightDecay: expected 0 or more, found -2
          1e-3 | 1e-4 | wsd    | 1  | 0.2 | 0.9 | 0.99 | 1e-8 | 0.1 | -1 | optimizer.clipNorm: expected 0 (no clipping) or more, found -1
          """)
  void refusesBadValues(
      double learningRate,
      double minimum,
      String schedule,
      int warmup,
      double decayFraction,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double clipNorm,
      String message) {
    assertThatThrownBy(
            () ->
                new OptimizerSettings(
                    learningRate,
                    minimum,
                    schedule,
                    warmup,
                    decayFraction,
                    beta1,
                    beta2,
                    epsilon,
                    weightDecay,
                    clipNorm))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void refusesAnUnknownOptimizer() {
    assertThat(OptimizerSettings.DEFAULTS.kind()).isEqualTo("adamw");
    assertThatThrownBy(
            () ->
                new OptimizerSettings(
                    "adam",
                    1e-3,
                    0,
                    "wsd",
                    1,
                    0.2,
                    0.9,
                    0.99,
                    1e-8,
                    0.1,
                    1,
                    0.95,
                    RateFactors.ONES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("optimizer.kind: unknown optimizer 'adam'; use one of adamw, muon");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void refusesAMomentumThatIsNone(double momentum) {
    assertThat(OptimizerSettings.DEFAULTS.muonMomentum()).isEqualTo(0.95);
    assertThatThrownBy(
            () ->
                new OptimizerSettings(
                    "muon",
                    1e-3,
                    0,
                    "wsd",
                    1,
                    0.2,
                    0.9,
                    0.99,
                    1e-8,
                    0.1,
                    1,
                    momentum,
                    RateFactors.ONES))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("optimizer.muonMomentum: expected 0 or more and below 1, found ");
  }
}
