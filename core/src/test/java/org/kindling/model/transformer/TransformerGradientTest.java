package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.PlainKernels;
import org.kindling.kernels.PlainTensor;
import org.kindling.model.ModelSettings;
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
