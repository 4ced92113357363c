package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Linear layers and activations against the oracle. */
class MlpKernelsTest {
  @ParameterizedTest
  @CsvSource({
    "67, 48, 144, INPUTS_FIRST, true",
    "7, 20, 13, INPUTS_FIRST, false",
    "1, 3, 1, INPUTS_FIRST, true",
    "5, 1, 33, INPUTS_FIRST, true",
    "67, 48, 144, OUTPUTS_FIRST, false",
    "7, 20, 13, OUTPUTS_FIRST, true",
    "1, 3, 1, OUTPUTS_FIRST, false",
    "5, 1, 33, OUTPUTS_FIRST, true"
  })
  void mapsLinearly(int rows, int inputs, int outputs, Linear.Layout layout, boolean biased) {
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.ParameterPair weight = pairs.parameter((long) inputs * outputs);
        KernelPairs.ParameterPair bias = biased ? pairs.parameter(outputs) : null;
        KernelPairs.Pair x = pairs.numbers((long) rows * inputs);
        KernelPairs.Pair y = pairs.garbage((long) rows * outputs);
        KernelPairs.Pair dy = pairs.numbers((long) rows * outputs);
        KernelPairs.Pair dx = pairs.garbage((long) rows * inputs);
        pairs.both(
            side -> {
              Linear layer = new Linear(inputs, outputs, layout, side.of(weight), side.of(bias));
              side.kernels().linear(layer, rows, side.of(x), side.of(y));
              side.kernels().linearBackward(layer, rows, side.of(x), side.of(dy), side.of(dx));
            });
        y.same(name + ": y", 1e-5);
        dx.same(name + ": dx", 1e-5);
        weight.gradient().same(name + ": weight", 1e-5);
        if (biased) {
          bias.gradient().same(name + ": bias", 1e-5);
        }
      }
    }
  }

  /** Rows fill no register, and none, one or several pieces. */
  @ParameterizedTest
  @CsvSource({
    "GELU, 1, 1",
    "GELU, 3, 33",
    "GELU, 2, 1500",
    "RELU2, 1, 1",
    "RELU2, 3, 33",
    "RELU2, 2, 1500",
    "SWIGLU, 1, 1",
    "SWIGLU, 3, 33",
    "SWIGLU, 2, 1500",
    "GEGLU, 1, 1",
    "GEGLU, 3, 33",
    "GEGLU, 2, 1500"
  })
  void activates(Activation activation, int rows, int width) {
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.Pair x = pairs.numbers((long) rows * width * activation.factors(), 4);
        KernelPairs.Pair y = pairs.garbage((long) rows * width);
        KernelPairs.Pair dy = pairs.numbers((long) rows * width);
        pairs.both(
            side -> side.kernels().activate(activation, rows, width, side.of(x), side.of(y)));
        y.same(name + ": value", 1e-6);
        pairs.both(
            side ->
                side.kernels().activateBackward(activation, rows, width, side.of(x), side.of(dy)));
        x.same(name + ": gradient", 1e-6);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void extremesAreFinite(Activation activation) {
    float[] extremes = {-1e4f, -88f, -60f, -10f, -0f, 0f, 10f, 60f, 88f, 1e4f};
    int n = extremes.length;
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.Pair x = pairs.numbers((long) n * activation.factors());
        KernelPairs.Pair y = pairs.garbage(n);
        KernelPairs.Pair ones = pairs.numbers(n);
        pairs.both(
            side -> {
              side.of(x).write(0, extremes, 0, n);
              side.of(ones).write(0, new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 0, n);
              side.kernels().activate(activation, 1, n, side.of(x), side.of(y));
              side.kernels().activateBackward(activation, 1, n, side.of(x), side.of(ones));
            });
        eachClose(name + ": value", y);
        eachClose(name + ": gradient", x);
      }
    }
  }

  private static void eachClose(String what, KernelPairs.Pair pair) {
    float[] found = KernelPairs.values(pair.fast());
    float[] expected = KernelPairs.values(pair.plain());
    for (int i = 0; i < found.length; i++) {
      double tolerance = 1e-6 * Math.max(1, Math.abs(expected[i]));
      assertThat((double) found[i]).as("%s[%d]", what, i).isCloseTo(expected[i], within(tolerance));
    }
  }

  /** Values known without this code: silu(1) = 0.7310586, gelu(1) = 0.8411920 by the formula. */
  @ParameterizedTest
  @CsvSource({"GELU, 0.841192", "RELU2, 1", "SWIGLU, 2.1931758", "GEGLU, 2.523576"})
  void knowsTheFunctions(Activation activation, double expected) {
    try (KernelPairs pairs = new KernelPairs("vector")) {
      KernelPairs.Pair x = pairs.numbers(2);
      KernelPairs.Pair y = pairs.garbage(1);
      pairs.both(
          side -> {
            side.of(x).write(0, new float[] {1, 3}, 0, 2);
            side.kernels().activate(activation, 1, 1, side.of(x), side.of(y));
            assertThat((double) KernelPairs.values(side.of(y))[0])
                .isCloseTo(expected, within(1e-6));
          });
    }
  }

  @Test
  void namesTheActivations() {
    assertThat(Activation.named("model.mlp", "geglu")).isEqualTo(Activation.GEGLU);
    assertThatThrownBy(() -> Activation.named("model.mlp", "relu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("model.mlp: unknown 'relu'; use one of gelu, relu2, swiglu, geglu");
  }
}
