package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;
import org.kindling.model.LanguageModel;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.TokenBatch;

/** Whole models whose products are in bf16, beside the same in float32. */
class TransformerBf16Test {
  private static final int VOCABULARY = 65;

  private static ModelSettings settings(boolean tied) {
    return new ModelSettings("transformer", 2, 3, 48, 67, tied);
  }

  @ParameterizedTest
  @CsvSource({"true, 67", "false, 66", "true, 1"})
  void gradientPointsWhereThatOfFp32Does(boolean tied, int length) {
    try (Kernels kernels = Kernels.named("vector", Precision.BF16);
        Kernels exactKernels = Kernels.named("vector");
        Transformer model = new Transformer(settings(tied), VOCABULARY, 3, kernels);
        Transformer exact = new Transformer(settings(tied), VOCABULARY, 3, exactKernels)) {
      float[] start = RandomModels.parameters(model.layout(), 5);
      model.parameters().write(0, start, 0, start.length);
      exact.parameters().write(0, start, 0, start.length);
      TokenBatch batch = RandomModels.batch(3, length, VOCABULARY, 3);
      double expected = exact.lossAndGradient(batch, 0.5f / batch.tokens()).mean();
      assertThat(model.lossAndGradient(batch, 0.5f / batch.tokens()).mean())
          .isCloseTo(expected, within(0.02));
      double cosine =
          cosine(RandomModels.values(model.gradients()), RandomModels.values(exact.gradients()));
      assertThat(cosine).isGreaterThan(0.999);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama heads=6 kvHeads=2 width=48 context=67",
        "qwen3 heads=3 width=48 headDim=20 context=67 window=33",
        "modern heads=3 width=48 context=67 softCap=15"
      })
  void gradientsOfEveryArchitecturePointWhereThoseOfFp32Do(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    try (Kernels kernels = Kernels.named("vector", Precision.BF16);
        Kernels exactKernels = Kernels.named("vector");
        Transformer model = new Transformer(settings, VOCABULARY, 3, kernels);
        Transformer exact = new Transformer(settings, VOCABULARY, 3, exactKernels)) {
      RandomModels.fill(model, exact);
      TokenBatch batch = RandomModels.weighted(3, 67, VOCABULARY, 3);
      double expected = exact.lossAndGradient(batch, 0.01f).mean();
      assertThat(model.lossAndGradient(batch, 0.01f).mean()).isCloseTo(expected, within(0.05));
      double cosine =
          cosine(RandomModels.values(model.gradients()), RandomModels.values(exact.gradients()));
      assertThat(cosine).isGreaterThan(0.999);
      assertThat(model.loss(batch)).isEqualTo(exact.loss(batch));
    }
  }

  private static double cosine(float[] a, float[] b) {
    double product = 0;
    double squaresOfA = 0;
    double squaresOfB = 0;
    for (int i = 0; i < a.length; i++) {
      product += (double) a[i] * b[i];
      squaresOfA += (double) a[i] * a[i];
      squaresOfB += (double) b[i] * b[i];
    }
    return product / Math.sqrt(squaresOfA * squaresOfB);
  }

  @Test
  void evaluatesAndGeneratesInFp32() {
    try (Kernels kernels = Kernels.named("vector", Precision.BF16);
        Kernels exactKernels = Kernels.named("vector");
        Transformer model = new Transformer(settings(true), VOCABULARY, 2, kernels);
        Transformer exact = new Transformer(settings(true), VOCABULARY, 2, exactKernels)) {
      model.initialize(1);
      exact.initialize(1);
      TokenBatch batch = RandomModels.batch(2, 67, VOCABULARY, 3);
      double inTraining = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
      assertThat(model.loss(batch).mean()).isEqualTo(exact.loss(batch).mean());
      assertThat(inTraining == model.loss(batch).mean())
          .isEqualTo(kernels.precision() == Precision.FP32);
      assertThat(model.logits(1, 67, batch.inputs()))
          .isEqualTo(exact.logits(1, 67, batch.inputs()));
      try (LanguageModel.Decoder decoder = model.decoder(1);
          LanguageModel.Decoder exactDecoder = exact.decoder(1)) {
        assertThat(decoder.appendTo(0, 5, 6, 7)).isEqualTo(exactDecoder.appendTo(0, 5, 6, 7));
      }
    }
  }

  @Test
  void shortBatchesGetProductsOfTheirOwn() {
    try (Kernels kernels = Kernels.named("vector", Precision.BF16);
        Transformer model = new Transformer(settings(true), VOCABULARY, 3, kernels)) {
      model.initialize(2);
      TokenBatch whole = RandomModels.batch(3, 67, VOCABULARY, 3);
      TokenBatch part = RandomModels.batch(2, 9, VOCABULARY, 4);
      double ofWhole = model.lossAndGradient(whole, 1f / whole.tokens()).mean();
      double ofPart = model.lossAndGradient(part, 1f / part.tokens()).mean();
      assertThat(model.lossAndGradient(whole, 1f / whole.tokens()).mean()).isEqualTo(ofWhole);
      assertThat(model.lossAndGradient(part, 1f / part.tokens()).mean()).isEqualTo(ofPart);
    }
  }
}
