package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.PlainKernels;
import org.kindling.kernels.PlainTensor;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.ParameterLayout;
import org.kindling.model.TokenBatch;

/** Finite differences in double precision over the whole model, every element of every tensor. */
class TransformerGradientTest {
  private static final double STEP = 1e-5;

  @ParameterizedTest
  @CsvSource({"true, 7", "false, 7", "true, 5", "false, 1"})
  void gradientOfEveryParameterAgreesWithFiniteDifferences(boolean tied, int length) {
    ModelSettings settings = new ModelSettings("transformer", 2, 3, 12, 7, tied);
    try (Transformer model = new Transformer(settings, 13, 2, new PlainKernels())) {
      float[] start = RandomModels.parameters(model.layout(), 5);
      model.parameters().write(0, start, 0, start.length);
      TokenBatch batch = RandomModels.batch(2, length, 13, 3);
      model.lossAndGradient(batch, 1f / batch.tokens());
      for (ParameterLayout.Entry entry : model.layout().entries()) {
        checkTensor(model, batch, entry);
      }
    }
  }

  /** GPT-2 with one part changed, then whole models of each architecture in odd shapes. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "gpt2 positions=sinusoidal",
        "gpt2 positions=rotary headDim=4",
        "gpt2 positions=none",
        "gpt2 norm=rms",
        "gpt2 normEpsilon=0.1",
        "gpt2 mlp=relu2",
        "gpt2 mlp=swiglu hidden=5",
        "gpt2 mlp=geglu hidden=7",
        "gpt2 qkNorm=true",
        "gpt2 heads=4 kvHeads=2 headDim=3",
        "gpt2 headDim=5",
        "gpt2 window=1",
        "gpt2 window=3",
        "gpt2 window=9",
        "gpt2 softCap=2",
        "gpt2 attentionBias=false",
        "gpt2 mlpBias=false",
        "gpt2 tied=false",
        "gpt2 width=5 heads=5",
        "llama heads=4 kvHeads=2 headDim=2 hidden=9",
        "llama attentionBias=true mlpBias=true tied=true headDim=4 hidden=9",
        "llama positions=learned norm=layer headDim=3 hidden=5",
        "qwen3 heads=3 kvHeads=1 headDim=4 hidden=9 ropeTheta=50",
        "qwen3 heads=4 kvHeads=2 headDim=2 hidden=5 window=3 softCap=3 mlp=geglu"
            + " normEpsilon=0.01",
        "modern heads=3 width=9 headDim=4",
        "modern headDim=2 kvHeads=1 hidden=5 attentionBias=true window=2 softCap=5 tied=true"
      })
  void gradientsOfEveryPartAgreeWithFiniteDifferences(String variant) {
    ModelSettings settings = ModelVariants.of(variant);
    try (Transformer model = new Transformer(settings, 11, 2, new PlainKernels())) {
      RandomModels.fill(model);
      TokenBatch batch = RandomModels.weighted(2, 7, 11, 3);
      model.lossAndGradient(batch, (float) (1 / batch.weight()));
      for (ParameterLayout.Entry entry : model.layout().entries()) {
        checkTensor(model, batch, entry);
      }
    }
  }

  private static void checkTensor(
      Transformer model, TokenBatch batch, ParameterLayout.Entry entry) {
    PlainTensor parameters = (PlainTensor) model.parameters();
    PlainTensor gradients = (PlainTensor) model.gradients();
    double difference = 0;
    double norm = 0;
    for (long i = entry.offset(); i < entry.offset() + entry.elements(); i++) {
      double value = parameters.get(i);
      parameters.set(i, value + STEP);
      double above = model.loss(batch).mean();
      parameters.set(i, value - STEP);
      double below = model.loss(batch).mean();
      parameters.set(i, value);
      double numeric = (above - below) / (2 * STEP);
      difference += Math.pow(numeric - gradients.get(i), 2);
      norm += Math.pow(numeric, 2);
    }
    assertThat(Math.sqrt(difference)).as(entry.name()).isLessThan(1e-6 * Math.sqrt(norm) + 1e-9);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void gradientsOfMicroBatchesAddUp(boolean tied) {
    ModelSettings settings = new ModelSettings("transformer", 2, 3, 12, 7, tied);
    try (Transformer whole = new Transformer(settings, 13, 4, new PlainKernels());
        Transformer parts = new Transformer(settings, 13, 2, new PlainKernels())) {
      float[] start = RandomModels.parameters(whole.layout(), 5);
      whole.parameters().write(0, start, 0, start.length);
      parts.parameters().write(0, start, 0, start.length);
      TokenBatch batch = RandomModels.batch(4, 6, 13, 3);
      double loss = whole.lossAndGradient(batch, 1f / batch.tokens()).mean();
      double first = parts.lossAndGradient(half(batch, 0), 0.5f / half(batch, 0).tokens()).mean();
      double second =
          parts.lossAndGradient(half(batch, 12), 0.5f / half(batch, 12).tokens()).mean();
      assertThat((first + second) / 2).isCloseTo(loss, within(1e-12));
      PlainTensor expected = (PlainTensor) whole.gradients();
      for (long i = 0; i < expected.size(); i++) {
        double found = ((PlainTensor) parts.gradients()).get(i);
        assertThat(found).isCloseTo(expected.get(i), within(1e-7));
      }
    }
  }

  private static TokenBatch half(TokenBatch batch, int from) {
    int[] inputs = java.util.Arrays.copyOfRange(batch.inputs(), from, from + 12);
    int[] targets = java.util.Arrays.copyOfRange(batch.targets(), from, from + 12);
    return new TokenBatch(2, 6, inputs, targets);
  }
}
