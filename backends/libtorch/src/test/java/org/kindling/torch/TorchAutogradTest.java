package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;
import org.kindling.model.transformer.RandomModels;

/**
 * Backward passes by hand against libtorch's autograd, in double precision: a second oracle beside
 * the plain kernels, and one that knows no gradient but by the chain rule.
 */
class TorchAutogradTest {
  private static final int VOCABULARY = 33;
  private static final int SEQUENCES = 2;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2 heads=4 width=32 context=21",
        "gpt2 heads=2 width=24 context=40 kvHeads=1 tied=false softCap=3 window=9",
        "gpt2 heads=3 width=24 context=21 norm=rms positions=rotary mlp=relu2 qkNorm=true",
        "llama heads=4 kvHeads=2 width=32 context=21",
        "llama heads=4 kvHeads=1 width=24 headDim=8 context=40 window=5 tied=true",
        "llama heads=3 width=24 context=21 attentionBias=true mlpBias=true norm=layer mlp=gelu",
        "llama heads=2 width=24 context=21 positions=learned mlp=geglu",
        "qwen3 heads=4 kvHeads=2 width=32 headDim=10 context=21",
        "modern heads=4 width=32 context=21 softCap=15",
        "modern heads=4 kvHeads=2 width=24 headDim=8 context=40 window=16"
      })
  void lossAndGradientAreThoseOfAutograd(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    int length = settings.context() - 1;
    compare(settings, RandomModels.batch(SEQUENCES, length, VOCABULARY, 3));
    compare(settings, RandomModels.weighted(SEQUENCES, length, VOCABULARY, 4));
  }

  private static void compare(ModelSettings settings, TokenBatch batch) {
    float scale = (float) (1 / batch.weight());
    try (Kernels kernels = TorchProvider.inDouble();
        LanguageModel model = LanguageModels.create(settings, VOCABULARY, SEQUENCES, kernels)) {
      float[] start = RandomModels.parameters(model.layout(), 5);
      model.parameters().write(0, start, 0, start.length);
      double loss = model.lossAndGradient(batch, scale).sum();
      float[] found = RandomModels.values(model.gradients());
      AutogradTransformer.Result expected =
          new AutogradTransformer(settings, model.layout(), batch).lossAndGradient(start, scale);
      assertThat(loss).isCloseTo(expected.loss(), within(1e-9 * expected.loss()));
      assertThat(error(found, expected.gradient(), 0, found.length)).isLessThan(1e-6);
      // A tensor of small gradients is one of them all, too.
      for (ParameterLayout.Entry entry : model.layout().entries()) {
        int from = (int) entry.offset();
        int to = from + (int) entry.elements();
        assertThat(error(found, expected.gradient(), from, to)).as(entry.name()).isLessThan(1e-6);
      }
    }
  }

  /** Norm of the difference by the norm of what is expected. */
  private static double error(float[] found, double[] expected, int from, int to) {
    double difference = 0;
    double norm = 0;
    for (int i = from; i < to; i++) {
      difference += Math.pow(found[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / norm);
  }
}
