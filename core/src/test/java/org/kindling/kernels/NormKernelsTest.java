package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Norms of rows and of heads against the oracle. */
class NormKernelsTest {
  private static Norm norm(
      KernelPairs.Side side,
      Norm.Kind kind,
      int width,
      KernelPairs.ParameterPair gain,
      KernelPairs.ParameterPair bias) {
    Parameter none = null;
    return new Norm(
        kind, width, 1e-3, side.of(gain), kind == Norm.Kind.LAYER ? side.of(bias) : none);
  }

  @ParameterizedTest
  @CsvSource({
    "LAYER, 67, 48",
    "LAYER, 7, 20",
    "LAYER, 2, 3",
    "LAYER, 5, 33",
    "RMS, 67, 48",
    "RMS, 7, 20",
    "RMS, 2, 3",
    "RMS, 5, 33",
    "RMS, 3, 1"
  })
  void normalizes(Norm.Kind kind, int rows, int width) {
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.ParameterPair gain = pairs.parameter(width);
        KernelPairs.ParameterPair bias = pairs.parameter(width);
        KernelPairs.Pair input = pairs.numbers((long) rows * width, 2);
        KernelPairs.Pair output = pairs.garbage((long) rows * width);
        KernelPairs.Pair statistics = pairs.garbage(2L * rows);
        KernelPairs.Pair dOutput = pairs.numbers((long) rows * width);
        KernelPairs.Pair dInput = pairs.numbers((long) rows * width);
        pairs.both(
            side -> {
              Norm norm = norm(side, kind, width, gain, bias);
              Norm.Activations a =
                  new Norm.Activations(side.of(input), side.of(output), side.of(statistics));
              side.kernels().normalize(norm, rows, a);
              side.kernels().normalizeBackward(norm, rows, a, side.of(dOutput), side.of(dInput));
            });
        output.same(name + ": output", 1e-5);
        dInput.same(name + ": dInput", 1e-5);
        gain.gradient().same(name + ": gain", 1e-5);
        bias.gradient().same(name + ": bias", 1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"LAYER, 67, 48", "LAYER, 5, 33", "RMS, 67, 48", "RMS, 7, 20", "RMS, 2, 3"})
  void addsAndNormalizes(Norm.Kind kind, int rows, int width) {
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.ParameterPair gain = pairs.parameter(width);
        KernelPairs.ParameterPair bias = pairs.parameter(width);
        KernelPairs.Pair x = pairs.numbers((long) rows * width);
        KernelPairs.Pair addend = pairs.numbers((long) rows * width, 2);
        KernelPairs.Pair input = pairs.garbage((long) rows * width);
        KernelPairs.Pair output = pairs.garbage((long) rows * width);
        KernelPairs.Pair statistics = pairs.garbage(2L * rows);
        pairs.both(
            side ->
                side.kernels()
                    .addAndNormalize(
                        norm(side, kind, width, gain, bias),
                        rows,
                        side.of(x),
                        side.of(addend),
                        new Norm.Activations(
                            side.of(input), side.of(output), side.of(statistics))));
        input.same(name + ": input", 1e-6);
        output.same(name + ": output", 1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"67, 3, 16", "5, 1, 2", "7, 4, 6", "3, 2, 20", "2, 5, 33", "1, 1, 1"})
  void normalizesHeads(int rows, int heads, int width) {
    int stride = heads * width + 5;
    int narrow = heads * width + 1;
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.ParameterPair gain = pairs.parameter(width);
        KernelPairs.Pair x = pairs.numbers((long) rows * stride);
        KernelPairs.Pair y = pairs.garbage((long) rows * narrow);
        KernelPairs.Pair statistics = pairs.garbage((long) rows * heads);
        KernelPairs.Pair d = pairs.numbers((long) rows * narrow);
        pairs.both(
            side -> {
              Norm norm = new Norm(Norm.Kind.RMS, width, 1e-3, side.of(gain), null);
              Kernels.HeadSpan span = new Kernels.HeadSpan(rows, heads);
              Columns from = side.columns(x, 3, stride);
              side.kernels()
                  .normalizeHeads(
                      norm, span, from, side.columns(y, 1, narrow), side.of(statistics));
              side.kernels()
                  .normalizeHeadsBackward(
                      norm, span, from, side.of(statistics), side.columns(d, 0, narrow));
            });
        y.same(name + ": y", 1e-5);
        d.same(name + ": d", 1e-5);
        gain.gradient().same(name + ": gain", 1e-5);
      }
    }
  }

  @Test
  void aLayerNormHasABiasAndAnRmsNormHasNone() {
    Parameter parameter = new Parameter(null, null);
    assertThatThrownBy(() -> new Norm(Norm.Kind.LAYER, 3, 1e-5, parameter, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("norm: layer norm has a bias and RMS norm has none, found LAYER, bias null");
    assertThatThrownBy(() -> new Norm(Norm.Kind.RMS, 3, 1e-5, parameter, parameter))
        .hasMessageStartingWith("norm: layer norm has a bias and RMS norm has none, found RMS");
  }
}
