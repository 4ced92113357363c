package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.PlainKernels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;

/** Whole models: fast kernels against the double-precision oracle. */
class TransformerKernelsTest {
  @ParameterizedTest
  @CsvSource({
    "vector, 2, 3, 48, 67, 65, true, 67",
    "vector, 2, 3, 48, 67, 65, false, 66",
    "vector, 2, 5, 20, 67, 13, true, 3",
    "vector, 1, 5, 20, 67, 13, false, 67",
    "vector, 1, 1, 3, 5, 2, true, 1",
    "vector, 1, 2, 32, 140, 300, true, 140",
    "nd4j, 2, 3, 48, 67, 65, true, 67",
    "nd4j, 2, 5, 20, 67, 13, false, 66",
    "nd4j, 1, 1, 3, 5, 2, true, 1"
  })
  void lossAndGradientsEqualThoseOfTheOracle(
      String kernels,
      int layers,
      int heads,
      int width,
      int context,
      int vocabulary,
      boolean tied,
      int length) {
    ModelSettings settings = new ModelSettings("transformer", layers, heads, width, context, tied);
    try (Kernels fastKernels = Kernels.named(kernels);
        Transformer fast = new Transformer(settings, vocabulary, 3, fastKernels);
        Transformer plain = new Transformer(settings, vocabulary, 3, new PlainKernels())) {
      float[] start = RandomModels.parameters(fast.layout(), 5);
      fast.parameters().write(0, start, 0, start.length);
      plain.parameters().write(0, start, 0, start.length);
      TokenBatch batch = RandomModels.batch(2, length, vocabulary, 3);
      double expected = plain.lossAndGradient(batch, 0.5f / batch.tokens()).mean();
      assertThat(fast.lossAndGradient(batch, 0.5f / batch.tokens()).mean())
          .isCloseTo(expected, within(1e-5));
      assertThat(fast.loss(batch).mean()).isCloseTo(expected, within(1e-5));
      compareGradients(fast, plain);
    }
  }

  private static void compareGradients(Transformer fast, Transformer plain) {
    float[] found = RandomModels.values(fast.gradients());
    float[] expected = RandomModels.values(plain.gradients());
    for (ParameterLayout.Entry entry : fast.layout().entries()) {
      double difference = 0;
      double norm = 0;
      for (int i = (int) entry.offset(); i < entry.offset() + entry.elements(); i++) {
        difference += Math.pow(found[i] - expected[i], 2);
        norm += Math.pow(expected[i], 2);
      }
      assertThat(Math.sqrt(difference)).as(entry.name()).isLessThan(2e-5 * Math.sqrt(norm) + 1e-7);
    }
  }
}
