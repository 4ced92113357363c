package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.PlainKernels;
import org.kindling.kernels.TestedKernels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;

/** Whole models: fast kernels against the double-precision oracle. */
class TransformerKernelsTest {
  @ParameterizedTest
  @CsvSource({
    "2, 3, 48, 67, 65, true, 67",
    "2, 3, 48, 67, 65, false, 66",
    "2, 5, 20, 67, 13, true, 3",
    "1, 5, 20, 67, 13, false, 67",
    "1, 1, 3, 5, 2, true, 1",
    "1, 2, 32, 140, 300, true, 140",
    "2, 5, 20, 67, 13, false, 66"
  })
  void lossAndGradientsEqualThoseOfTheOracle(
      int layers, int heads, int width, int context, int vocabulary, boolean tied, int length) {
    ModelSettings settings = new ModelSettings("transformer", layers, heads, width, context, tied);
    TokenBatch batch = RandomModels.batch(2, length, vocabulary, 3);
    for (String kernels : TestedKernels.names()) {
      try (Kernels fastKernels = Kernels.named(kernels);
          Transformer fast = new Transformer(settings, vocabulary, 3, fastKernels);
          Transformer plain = new Transformer(settings, vocabulary, 3, new PlainKernels())) {
        float[] start = RandomModels.parameters(fast.layout(), 5);
        fast.parameters().write(0, start, 0, start.length);
        plain.parameters().write(0, start, 0, start.length);
        double expected = plain.lossAndGradient(batch, 0.5f / batch.tokens()).mean();
        assertThat(fast.lossAndGradient(batch, 0.5f / batch.tokens()).mean())
            .isCloseTo(expected, within(1e-5));
        assertThat(fast.loss(batch).mean()).isCloseTo(expected, within(1e-5));
        compareGradients(fast, plain);
      }
    }
  }

  /** Whole models of each architecture, with weights and documents. */
  @ParameterizedTest
  @CsvSource({
    "gpt2 heads=3 width=48 context=67, 65, 67",
    "gpt2 heads=5 width=20 context=150 window=70 softCap=5 tied=false, 13, 150",
    "llama heads=6 kvHeads=2 width=48 headDim=6 context=67 hidden=33, 65, 67",
    "llama heads=2 width=20 context=150 window=7 tied=true, 13, 149",
    "llama heads=3 kvHeads=1 width=21 headDim=2 context=70 attentionBias=true mlpBias=true, 33, 70",
    "qwen3 heads=4 kvHeads=1 width=24 headDim=20 context=67, 65, 67",
    "qwen3 heads=2 width=20 context=150 window=64 mlp=geglu, 13, 150",
    "modern heads=3 width=48 context=67 softCap=15, 65, 66",
    "modern heads=4 kvHeads=2 width=24 context=150 window=70, 13, 150",
    "gpt2 heads=1 width=3 context=5 positions=none norm=rms qkNorm=true, 2, 1"
  })
  void everyArchitectureGivesWhatTheOracleGives(String variant, int vocabulary, int length) {
    ModelSettings settings = ModelVariants.of(variant);
    for (String kernels : TestedKernels.names()) {
      try (Kernels fastKernels = Kernels.named(kernels);
          Transformer fast = new Transformer(settings, vocabulary, 3, fastKernels);
          Transformer plain = new Transformer(settings, vocabulary, 3, new PlainKernels())) {
        RandomModels.fill(fast, plain);
        TokenBatch batch = RandomModels.weighted(2, length, vocabulary, 3);
        float scale = (float) (1 / batch.weight());
        double expected = plain.lossAndGradient(batch, scale).mean();
        assertThat(fast.lossAndGradient(batch, scale).mean()).isCloseTo(expected, within(1e-5));
        assertThat(fast.loss(batch).mean()).isCloseTo(expected, within(1e-5));
        compareGradients(fast, plain);
        assertThat(fast.inputGradientNorms(batch))
            .usingComparatorWithPrecision(1e-4)
            .containsExactly(plain.inputGradientNorms(batch));
      }
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
