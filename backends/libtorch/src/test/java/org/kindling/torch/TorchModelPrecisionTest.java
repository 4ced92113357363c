package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.kindling.kernels.Kernels;
import org.kindling.model.Activations;
import org.kindling.model.Architecture;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.TokenBatch;
import org.kindling.model.transformer.RandomModels;

/** Gradients of whole models, as flat vectors, against the same kernels in double precision. */
class TorchModelPrecisionTest {
  private static final int VOCABULARY = 65;
  private static final int SEQUENCES = 2;

  private static String[] variants() {
    return new String[] {
      "gpt2 heads=3 width=48 context=67",
      "gpt2 heads=4 width=64 context=130 window=70 softCap=15 tied=false",
      "gpt2 heads=3 width=48 context=67 positions=sinusoidal mlp=geglu norm=rms",
      "llama heads=4 kvHeads=2 width=64 context=67",
      "llama heads=6 kvHeads=3 width=48 context=130 window=7 tied=true attentionBias=true",
      "qwen3 heads=4 kvHeads=1 width=64 headDim=32 context=67",
      "qwen3 heads=2 width=48 context=130 window=64 mlp=geglu softCap=30",
      "modern heads=3 width=48 context=67 softCap=15",
      "modern heads=4 kvHeads=2 width=64 context=130 window=70"
    };
  }

  @Test
  void everyArchitectureIsHere() {
    String tested =
        Arrays.stream(variants())
            .map(variant -> variant.substring(0, variant.indexOf(' ')))
            .distinct()
            .collect(Collectors.joining(", "));
    assertThat(tested).isEqualTo(Architecture.labels());
  }

  /** A loss and the gradient of all parameters. */
  private record Result(double loss, float[] gradient) {
    /** Norm of the difference of gradients by the norm of the other one. */
    double errorFrom(Result exact) {
      double difference = 0;
      double norm = 0;
      for (int i = 0; i < gradient.length; i++) {
        difference += Math.pow((double) gradient[i] - exact.gradient[i], 2);
        norm += Math.pow(exact.gradient[i], 2);
      }
      return Math.sqrt(difference / norm);
    }
  }

  private static Result result(
      TestedPrecision precision, ModelSettings settings, Activations activations, TokenBatch b) {
    try (Kernels kernels = precision.kernels();
        LanguageModel model =
            LanguageModels.create(settings, VOCABULARY, SEQUENCES, kernels, activations)) {
      float[] start = RandomModels.parameters(model.layout(), 5);
      model.parameters().write(0, start, 0, start.length);
      double loss = model.lossAndGradient(b, (float) (1 / b.weight())).mean();
      return new Result(loss, RandomModels.values(model.gradients()));
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void gradientsOfFp32AndBf16AreThoseOfDoublePrecision(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    compare(settings, RandomModels.batch(SEQUENCES, settings.context(), VOCABULARY, 3));
  }

  /** Documents kept apart, predictions of weight 0 and others. */
  @ParameterizedTest
  @MethodSource("variants")
  void soAreThoseOfWeightedDocuments(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    compare(settings, RandomModels.weighted(SEQUENCES, settings.context() - 1, VOCABULARY, 4));
  }

  private static void compare(ModelSettings settings, TokenBatch batch) {
    Result exact = result(TestedPrecision.FP64, settings, Activations.KEPT, batch);
    Result single = result(TestedPrecision.FP32, settings, Activations.KEPT, batch);
    Result half = result(TestedPrecision.BF16, settings, Activations.KEPT, batch);
    assertThat(single.loss()).as("fp32").isCloseTo(exact.loss(), within(1e-6 * exact.loss()));
    assertThat(half.loss()).as("bf16").isCloseTo(exact.loss(), within(5e-3 * exact.loss()));
    assertThat(single.errorFrom(exact)).as("fp32").isLessThan(5e-6);
    // Vector kernels, which round factors alone, come to 2e-2 on the same models.
    assertThat(half.errorFrom(exact)).as("bf16").isLessThan(3e-2);
    // Else bf16 kernels were float32 ones, and the line above would say nothing.
    assertThat(half.errorFrom(exact)).as("bf16").isGreaterThan(1e-4);
  }

  /** Blocks that run forward twice give the same bits. */
  @ParameterizedTest
  @MethodSource("variants")
  void recomputedBlocksGiveTheSameBits(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    TokenBatch batch = RandomModels.weighted(SEQUENCES, settings.context(), VOCABULARY, 5);
    for (TestedPrecision precision : TestedPrecision.values()) {
      Result kept = result(precision, settings, Activations.KEPT, batch);
      Result recomputed = result(precision, settings, Activations.RECOMPUTED, batch);
      assertThat(recomputed.loss()).as(precision.name()).isEqualTo(kept.loss());
      assertThat(recomputed.gradient()).as(precision.name()).isEqualTo(kept.gradient());
    }
  }
}
