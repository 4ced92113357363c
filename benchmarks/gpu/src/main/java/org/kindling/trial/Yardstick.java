package org.kindling.trial;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.kindling.kernels.MatrixProductSpeed;
import org.kindling.model.LanguageModels;

/**
 * What a device reaches at best.
 *
 * @param teraflops operations a second, in 10¹²; empty for a card that is not in the table
 * @param name for the table
 */
record Yardstick(OptionalDouble teraflops, String name) {
  /** Of the card its data sheet's peak in bfloat16; of a core plain products in float32. */
  static Yardstick of(Setting setting) throws Exception {
    if (setting.card().isPresent()) {
      String card = setting.card().get().name();
      return new Yardstick(Peaks.teraflops(card), "the card's bf16 peak");
    }
    double[] speeds = MatrixProductSpeed.measure(() -> null).openBlasGflops();
    Arrays.sort(speeds);
    return new Yardstick(
        OptionalDouble.of(speeds[speeds.length / 2] / 1e3), "a core's products in fp32");
  }

  /** Share of it that so many tokens a second take; empty if it is not known. */
  OptionalDouble share(Shape shape, double tokensPerSecond) {
    double flops = LanguageModels.trainingFlopsPerToken(shape.model(), shape.vocabulary());
    return teraflops.isPresent()
        ? OptionalDouble.of(tokensPerSecond * flops / 1e12 / teraflops.getAsDouble())
        : OptionalDouble.empty();
  }

  /** The same in words. */
  String inWords(Shape shape, double tokensPerSecond) {
    OptionalDouble share = share(shape, tokensPerSecond);
    return share.isPresent()
        ? String.format(
            "%.1f %% of %s (%.4g TFLOP/s)",
            100 * share.getAsDouble(), name, teraflops.getAsDouble())
        : "share n/a, the table of peaks has no such card";
  }
}
