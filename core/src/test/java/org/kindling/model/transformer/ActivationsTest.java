package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Precision;
import org.kindling.model.Activations;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.Predictor;
import org.kindling.model.TokenBatch;

/** Activations that are recomputed or discarded change no bit of any result. */
class ActivationsTest {
  private static final int VOCABULARY = 13;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2 layers=3 heads=3 width=21 context=67",
        "llama layers=3 heads=4 kvHeads=2 width=20 headDim=6 context=67",
        "qwen3 layers=3 heads=2 width=20 context=67 window=7",
        "modern layers=1 heads=2 width=20 context=67 softCap=5"
      })
  void recomputedActivationsGiveTheSameGradients(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    for (Precision precision : Precision.values()) {
      try (Kernels kernels = Kernels.named("vector", precision);
          Transformer kept = new Transformer(settings, VOCABULARY, 2, kernels);
          Transformer recomputed =
              Transformer.create(settings, VOCABULARY, 2, kernels, Activations.RECOMPUTED)) {
        RandomModels.fill(kept, recomputed);
        for (int length : new int[] {67, 9}) {
          TokenBatch batch = RandomModels.weighted(2, length, VOCABULARY, length);
          assertThat(recomputed.lossAndGradient(batch, 0.1f))
              .isEqualTo(kept.lossAndGradient(batch, 0.1f));
          assertThat(recomputed.loss(batch)).isEqualTo(kept.loss(batch));
        }
        assertThat(RandomModels.values(recomputed.gradients()))
            .isEqualTo(RandomModels.values(kept.gradients()));
        TokenBatch batch = RandomModels.batch(2, 20, VOCABULARY, 1);
        assertThat(recomputed.inputGradientNorms(batch)).isEqualTo(kept.inputGradientNorms(batch));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2 layers=3 heads=3 width=21 context=67",
        "llama layers=2 heads=4 kvHeads=2 width=20 headDim=6 context=67",
        "qwen3 layers=3 heads=2 width=20 context=67 window=7"
      })
  void discardedActivationsPredictTheSame(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    try (Kernels kernels = Kernels.named("vector");
        Transformer kept = new Transformer(settings, VOCABULARY, 2, kernels);
        Transformer predictor =
            Transformer.create(settings, VOCABULARY, 2, kernels, Activations.DISCARDED)) {
      RandomModels.fill(kept, predictor);
      TokenBatch batch = RandomModels.weighted(2, 67, VOCABULARY, 3);
      assertThat(predictor.loss(batch)).isEqualTo(kept.loss(batch));
      assertThat(predictor.logits(2, 67, batch.inputs()))
          .isEqualTo(kept.logits(2, 67, batch.inputs()));
      try (Predictor.Decoder a = predictor.decoder(1);
          Predictor.Decoder b = kept.decoder(1)) {
        assertThat(a.appendTo(0, batch.inputs()[0])).isEqualTo(b.appendTo(0, batch.inputs()[0]));
        assertThat(a.appendTo(0, 3, 4, 5)).isEqualTo(b.appendTo(0, 3, 4, 5));
      }
    }
  }

  @Test
  void aModelWithoutActivationsHasNoGradients() {
    String message = "model: was made to predict only, and has no gradients";
    TokenBatch batch = RandomModels.batch(1, 5, VOCABULARY, 3);
    try (Kernels kernels = Kernels.named("vector");
        Transformer model =
            Transformer.create(
                ModelVariants.of("llama headDim=2"),
                VOCABULARY,
                1,
                kernels,
                Activations.DISCARDED)) {
      assertThatThrownBy(model::gradients)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(message);
      assertThatThrownBy(() -> model.lossAndGradient(batch, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(message);
      assertThatThrownBy(() -> model.inputGradientNorms(batch))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(message);
    }
  }

  @Test
  void settingsNameThem() {
    assertThat(Activations.ofSetting("none")).isEqualTo(Activations.KEPT);
    assertThat(Activations.ofSetting("blocks")).isEqualTo(Activations.RECOMPUTED);
    assertThatThrownBy(() -> Activations.ofSetting("all"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("training.recompute: unknown 'all'; use none or blocks");
  }
}
