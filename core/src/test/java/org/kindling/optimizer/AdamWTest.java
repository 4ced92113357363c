package org.kindling.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.PlainKernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.ParameterLayout;

class AdamWTest {
  private static final ParameterLayout LAYOUT =
      ParameterLayout.builder()
          .add("a.weight", 7, 3)
          .add("a.bias", 3)
          .add("b.weight", 40, 60)
          .add("c.weight", 5)
          .build();

  @Test
  void rateFactorsScaleTheStepOfTheirTensorsAlone() {
    ParameterLayout layout =
        ParameterLayout.builder()
            .add("embedding", ParameterLayout.Role.EMBEDDING, ParameterLayout.Init.ZEROS, 4, 5)
            .add("matrix", ParameterLayout.Role.MATRIX, ParameterLayout.Init.ZEROS, 4, 4)
            .add("head", ParameterLayout.Role.HEAD, ParameterLayout.Init.ZEROS, 4, 5)
            .build();
    RateFactors factors = new RateFactors(1, 1, 1, 3, 0);
    OptimizerSettings settings =
        new OptimizerSettings(
            "adamw", 1e-2, 0, "constant", 0, 0, 0.9, 0.99, 1e-8, 0, 0, 0.95, factors);
    try (Kernels kernels = Kernels.named("vector");
        AdamW optimizer = new AdamW(settings, layout, kernels);
        Tensor parameters = kernels.allocate(layout.size());
        Tensor gradients = kernels.allocate(layout.size())) {
      float[] ones = new float[(int) layout.size()];
      java.util.Arrays.fill(ones, 1f);
      gradients.write(0, ones, 0, ones.length);
      optimizer.step(parameters, gradients, 1e-2, 1);
      float[] found = new float[ones.length];
      parameters.read(0, found, 0, found.length);
      assertThat(found[0]).isCloseTo(-0.03f, within(1e-6f));
      assertThat(found[(int) layout.entry("matrix").offset()]).isCloseTo(-0.01f, within(1e-6f));
      assertThat(found[(int) layout.entry("head").offset()]).isZero();
    }
  }

  private static OptimizerSettings settings(double weightDecay, double clipNorm) {
    return new OptimizerSettings(1e-2, 0, "constant", 0, 0, 0.9, 0.99, 1e-8, weightDecay, clipNorm);
  }

  /** Random numbers in the tensors, zeros in the gaps. */
  private static float[] random(long seed, double scale) {
    Random random = new Random(seed);
    float[] values = new float[(int) LAYOUT.size()];
    for (ParameterLayout.Entry entry : LAYOUT.entries()) {
      for (int i = 0; i < entry.elements(); i++) {
        values[(int) entry.offset() + i] = (float) (random.nextGaussian() * scale);
      }
    }
    return values;
  }

  private static Tensor tensor(Kernels kernels, float[] values) {
    Tensor tensor = kernels.allocate(values.length);
    tensor.write(0, values, 0, values.length);
    return tensor;
  }

  private static Tensor moment(InnerOptimizer optimizer, int number) {
    return optimizer.moments().get(number).values();
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  /** The textbook's AdamW, written down once more, one element at a time. */
  private static double[] expected(OptimizerSettings s, float[] start, int steps) {
    double[] p = new double[start.length];
    double[] m = new double[start.length];
    double[] v = new double[start.length];
    for (int i = 0; i < p.length; i++) {
      p[i] = start[i];
    }
    for (int step = 1; step <= steps; step++) {
      float[] g = random(100 + step, step == 1 ? 5 : 0.001);
      double norm = 0;
      for (float x : g) {
        norm += (double) x * x;
      }
      norm = Math.sqrt(norm);
      double scale = s.clipNorm() > 0 && norm > s.clipNorm() ? s.clipNorm() / (norm + 1e-6) : 1;
      for (ParameterLayout.Entry entry : LAYOUT.entries()) {
        double decay = entry.shape().size() == 2 ? s.weightDecay() : 0;
        for (int i = (int) entry.offset(); i < entry.offset() + entry.elements(); i++) {
          double x = g[i] * scale;
          m[i] = 0.9 * m[i] + 0.1 * x;
          v[i] = 0.99 * v[i] + 0.01 * x * x;
          double mHat = m[i] / (1 - Math.pow(0.9, step));
          double vHat = v[i] / (1 - Math.pow(0.99, step));
          p[i] -= 1e-2 * (mHat / (Math.sqrt(vHat) + 1e-8) + decay * p[i]);
        }
      }
    }
    return p;
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "vector"})
  void takesTheStepsOfThePaper(String name) {
    for (OptimizerSettings settings : new OptimizerSettings[] {settings(0.5, 0), settings(0, 1)}) {
      try (Kernels kernels = kernels(name);
          AdamW optimizer = new AdamW(settings, LAYOUT, kernels);
          Tensor parameters = tensor(kernels, random(1, 1));
          Tensor gradients = kernels.allocate(LAYOUT.size())) {
        for (int step = 1; step <= 3; step++) {
          float[] g = random(100 + step, step == 1 ? 5 : 0.001);
          gradients.write(0, g, 0, g.length);
          optimizer.step(parameters, gradients, 1e-2, step);
        }
        double[] expected = expected(settings, random(1, 1), 3);
        float[] found = values(parameters);
        for (int i = 0; i < found.length; i++) {
          assertThat((double) found[i]).as("element %d", i).isCloseTo(expected[i], within(1e-6));
        }
      }
    }
  }

  private static Kernels kernels(String name) {
    return name.equals("plain") ? new PlainKernels() : Kernels.named(name);
  }

  @Test
  void returnsTheNormBeforeClipping() {
    try (Kernels kernels = Kernels.named("vector");
        AdamW optimizer = new AdamW(settings(0.1, 1), LAYOUT, kernels);
        Tensor parameters = tensor(kernels, random(1, 1));
        Tensor gradients = kernels.allocate(LAYOUT.size())) {
      gradients.write(0, new float[] {30, -40}, 0, 2);
      assertThat(optimizer.step(parameters, gradients, 1e-3, 1)).isEqualTo(50);
      assertThat(values(moment(optimizer, 0))[1]).isCloseTo(-0.08f, within(1e-6f));
      assertThat(values(moment(optimizer, 1))[0]).isCloseTo(0.0036f, within(1e-7f));
    }
  }

  @Test
  void momentsCarriedOverContinueBitForBit() {
    try (Kernels kernels = Kernels.named("vector");
        Tensor parameters = tensor(kernels, random(1, 1));
        Tensor copy = kernels.allocate(LAYOUT.size());
        Tensor gradients = tensor(kernels, random(2, 1));
        AdamW first = new AdamW(settings(0.1, 1), LAYOUT, kernels);
        AdamW second = new AdamW(settings(0.1, 1), LAYOUT, kernels)) {
      first.step(parameters, gradients, 1e-3, 1);
      int size = (int) LAYOUT.size();
      copy.write(0, values(parameters), 0, size);
      moment(second, 0).write(0, values(moment(first, 0)), 0, size);
      moment(second, 1).write(0, values(moment(first, 1)), 0, size);
      first.step(parameters, gradients, 1e-3, 2);
      second.step(copy, gradients, 1e-3, 2);
      assertThat(values(copy)).containsExactly(values(parameters));
    }
  }

  @Test
  void refusesGradientsThatAreNotNumbers() {
    try (Kernels kernels = Kernels.named("vector");
        AdamW optimizer = new AdamW(settings(0.1, 1), LAYOUT, kernels);
        Tensor parameters = tensor(kernels, random(1, 1));
        Tensor gradients = tensor(kernels, random(2, 1))) {
      gradients.write(4, new float[] {Float.NaN}, 0, 1);
      assertThatThrownBy(() -> optimizer.step(parameters, gradients, 1e-3, 12))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageStartingWith("optimizer: the norm of the gradients is NaN at step 12");
      assertThat(values(parameters)).containsExactly(random(1, 1));
      assertThat(values(moment(optimizer, 0))).containsOnly(0f);
    }
  }

  @Test
  void refusesVectorsOfAnotherLength() {
    try (Kernels kernels = Kernels.named("vector");
        AdamW optimizer = new AdamW(settings(0.1, 1), LAYOUT, kernels);
        Tensor tensor = kernels.allocate(16)) {
      assertThatThrownBy(() -> optimizer.step(tensor, tensor, 1e-3, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "optimizer: expected "
                  + LAYOUT.size()
                  + " parameters and gradients, found 16 and 16");
      assertThatThrownBy(() -> optimizer.step(tensor, tensor, 1e-3, 0))
          .hasMessage("optimizer: steps count from 1, not 0");
    }
  }
}
