package org.kindling.kernels;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products with packed copies of weights, as generation takes them, against the oracle. */
class PackedProductsTest {
  @ParameterizedTest
  @CsvSource({
    "1, 48, 65, INPUTS_FIRST, true",
    "8, 20, 13, INPUTS_FIRST, true",
    "33, 48, 144, OUTPUTS_FIRST, false",
    "64, 7, 33, OUTPUTS_FIRST, true",
    "9, 33, 1, INPUTS_FIRST, false"
  })
  void mapsLinearly(int rows, int inputs, int outputs, Linear.Layout layout, boolean biased) {
    try (KernelPairs pairs = new KernelPairs("vector");
        Kernels packed = pairs.fast.forGeneration()) {
      KernelPairs.ParameterPair weight = pairs.parameter((long) inputs * outputs);
      KernelPairs.ParameterPair bias = biased ? pairs.parameter(outputs) : null;
      KernelPairs.Pair x = pairs.numbers((long) rows * inputs);
      KernelPairs.Pair y = pairs.garbage((long) rows * outputs);
      // A second pass after the weights have changed: the copies follow.
      for (int pass = 0; pass < 2; pass++) {
        float change = 3 + pass;
        pairs.both(
            side -> {
              side.of(weight).value().write(0, new float[] {change}, 0, 1);
              Linear layer = new Linear(inputs, outputs, layout, side.of(weight), side.of(bias));
              Kernels kernels = side.isFast() ? packed : side.kernels();
              kernels.linear(layer, rows, side.of(x), side.of(y));
            });
        y.same("pass " + pass, 1e-5);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 13, 20, 0", "8, 65, 48, 0", "40, 33, 5, 3"})
  void computesLogits(int rows, int vocabulary, int width, double softCap) {
    try (KernelPairs pairs = new KernelPairs("vector");
        Kernels packed = pairs.fast.forGeneration()) {
      KernelPairs.ParameterPair weight = pairs.parameter((long) vocabulary * width);
      KernelPairs.Pair x = pairs.numbers((long) rows * width);
      KernelPairs.Pair logits = pairs.garbage((long) rows * vocabulary);
      pairs.both(
          side -> {
            OutputHead head = new OutputHead(vocabulary, width, side.of(weight), softCap, null);
            Kernels kernels = side.isFast() ? packed : side.kernels();
            kernels.logits(head, rows, side.of(x), side.of(logits));
          });
      logits.same("logits", 1e-5);
    }
  }
}
