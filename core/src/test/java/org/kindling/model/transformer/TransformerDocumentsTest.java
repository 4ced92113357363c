package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.TokenBatch;

/** Documents that share a sequence, and predictions that count more, less or not at all. */
class TransformerDocumentsTest {
  private static final int VOCABULARY = 13;
  private static final int LENGTH = 90;
  private static final int DOCUMENT = 21;

  /** Loss and gradient of one batch. */
  private record Result(double loss, float[] gradients) {}

  private static Result result(Transformer model, TokenBatch batch) {
    model.gradients().clear();
    double loss = model.lossAndGradient(batch, 0.125f).sum();
    assertThat(model.loss(batch).sum()).isCloseTo(loss, within(1e-6 * loss));
    return new Result(loss, RandomModels.values(model.gradients()));
  }

  private static void same(Result found, Result expected) {
    assertThat(found.loss()).isCloseTo(expected.loss(), within(1e-6 * expected.loss()));
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.gradients().length; i++) {
      difference += Math.pow(found.gradients()[i] - expected.gradients()[i], 2);
      norm += Math.pow(expected.gradients()[i], 2);
    }
    assertThat(norm).isPositive();
    assertThat(Math.sqrt(difference / norm)).isLessThan(1e-5);
  }

  /** A document from a position on, among others that differ with the seed and do not count. */
  private static TokenBatch packed(TokenBatch document, int at, long seed) {
    TokenBatch others = RandomModels.batch(1, LENGTH, VOCABULARY, seed);
    float[] weights = new float[LENGTH];
    int[] starts = new int[LENGTH];
    System.arraycopy(document.inputs(), 0, others.inputs(), at, DOCUMENT);
    System.arraycopy(document.targets(), 0, others.targets(), at, DOCUMENT);
    Arrays.fill(weights, at, at + DOCUMENT, 1);
    Arrays.fill(starts, at, at + DOCUMENT, at);
    Arrays.fill(starts, at + DOCUMENT, LENGTH, at + DOCUMENT);
    return new TokenBatch(1, LENGTH, others.inputs(), others.targets(), weights, starts);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2 heads=3 width=21 context=90",
        "gpt2 heads=3 width=24 context=90 positions=sinusoidal",
        "gpt2 heads=3 width=24 context=90 positions=none window=5",
        "llama heads=4 kvHeads=2 width=20 headDim=6 context=90",
        "qwen3 heads=2 width=20 context=90 window=7",
        "modern heads=2 width=20 context=90 window=70"
      })
  void aDocumentIsPredictedTheSameWhateverStandsBesideIt(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    try (Kernels kernels = Kernels.named("vector");
        Transformer model = new Transformer(settings, VOCABULARY, 1, kernels)) {
      RandomModels.fill(model);
      TokenBatch document = RandomModels.batch(1, DOCUMENT, VOCABULARY, 1);
      Result alone = result(model, document);
      for (int at : new int[] {0, 5, 54, 64, LENGTH - DOCUMENT}) {
        same(result(model, packed(document, at, 2)), alone);
        same(result(model, packed(document, at, 3)), alone);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2 heads=3 width=21 context=20", "modern heads=2 width=20 context=20"})
  void weightsOfTwoDoubleAndWeightsOfZeroDrop(String variant) {
    try (Kernels kernels = Kernels.named("vector");
        Transformer model = new Transformer(ModelVariants.of(variant), VOCABULARY, 2, kernels)) {
      RandomModels.fill(model);
      TokenBatch two = RandomModels.batch(2, 20, VOCABULARY, 1);
      float[] twice = new float[40];
      Arrays.fill(twice, 2);
      Result once = result(model, two);
      Result doubled = result(model, weighted(two, twice));
      assertThat(doubled.loss()).isEqualTo(2 * once.loss());
      float[] gradients = once.gradients();
      for (int i = 0; i < gradients.length; i++) {
        assertThat(doubled.gradients()[i]).isEqualTo(2 * gradients[i]);
      }
      float[] firstSequence = new float[40];
      Arrays.fill(firstSequence, 0, 20, 1);
      TokenBatch one = new TokenBatch(1, 20, two.inputs(), two.targets());
      same(result(model, weighted(two, firstSequence)), result(model, one));
      float[] beginning = new float[20];
      Arrays.fill(beginning, 0, 7, 1);
      TokenBatch part = new TokenBatch(1, 7, two.inputs(), two.targets());
      same(result(model, weighted(one, beginning)), result(model, part));
      assertThat(model.loss(weighted(one, beginning)).weight()).isEqualTo(7);
    }
  }

  private static TokenBatch weighted(TokenBatch batch, float[] weights) {
    return new TokenBatch(
        batch.sequences(), batch.length(), batch.inputs(), batch.targets(), weights, null);
  }

  @Test
  void refusesDocumentsThatBeginElsewhere() {
    try (Kernels kernels = Kernels.named("vector");
        Transformer model = new Transformer(ModelVariants.of("gpt2"), VOCABULARY, 1, kernels)) {
      int[] ids = {1, 2, 3};
      TokenBatch later = new TokenBatch(1, 3, ids, ids, null, new int[] {0, 2, 2});
      assertThatThrownBy(() -> model.loss(later))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("batch: the document of position 1 begins at 2, expected 0 or 1");
      TokenBatch back = new TokenBatch(1, 3, ids, ids, null, new int[] {0, 1, 0});
      assertThatThrownBy(() -> model.lossAndGradient(back, 1))
          .hasMessage("batch: the document of position 2 begins at 0, expected 1 or 2");
      TokenBatch first = new TokenBatch(1, 3, ids, ids, null, new int[] {1, 1, 2});
      assertThatThrownBy(() -> model.loss(first))
          .hasMessage("batch: the document of position 0 begins at 1, expected 0");
    }
  }
}
