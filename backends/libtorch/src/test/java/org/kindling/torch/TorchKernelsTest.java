package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.PlainKernels;
import org.kindling.kernels.Precision;
import org.kindling.kernels.Tensor;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;
import org.kindling.optimizer.AdamW;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.settings.ModelKeys;

/** What core's tests of kernels, which run here too, do not say of these. */
class TorchKernelsTest {
  private static final int VOCABULARY = 33;
  private static final int CONTEXT = 70;

  private static ModelSettings model(String architecture) {
    return ModelKeys.read(
        "test",
        Map.of(
            "architecture",
            architecture,
            "layers",
            2,
            "heads",
            4,
            "width",
            32,
            "context",
            CONTEXT));
  }

  private static LanguageModel create(String architecture, Kernels kernels) {
    return LanguageModels.create(model(architecture), VOCABULARY, 2, kernels);
  }

  private static TokenBatch batch(int seed) {
    Random random = new Random(seed);
    // Each token is told by the one before it, mostly.
    int[] ids = new int[2 * CONTEXT + 1];
    for (int i = 1; i < ids.length; i++) {
      ids[i] =
          random.nextInt(8) == 0 ? random.nextInt(VOCABULARY) : (ids[i - 1] * 5 + 3) % VOCABULARY;
    }
    return new TokenBatch(
        2, CONTEXT, Arrays.copyOf(ids, ids.length - 1), Arrays.copyOfRange(ids, 1, ids.length));
  }

  /** Losses of the first and of the last of some steps. */
  private static double[] train(String architecture, Kernels kernels, int steps) {
    try (LanguageModel model = create(architecture, kernels);
        AdamW optimizer = new AdamW(OptimizerSettings.DEFAULTS, model.layout(), kernels)) {
      model.initialize(1);
      double[] losses = new double[steps];
      for (int step = 1; step <= steps; step++) {
        TokenBatch batch = batch(step);
        model.gradients().clear();
        losses[step - 1] = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
        optimizer.step(model.parameters(), model.gradients(), 3e-3, step);
      }
      return losses;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "modern"})
  void learnsAsVectorKernelsDo(String architecture) {
    try (Kernels torch = Kernels.named("torch");
        Kernels vector = Kernels.named("vector")) {
      double[] found = train(architecture, torch, 100);
      double[] expected = train(architecture, vector, 100);
      assertThat(found[99]).isLessThan(found[0] - 1);
      for (int step = 0; step < 100; step++) {
        assertThat(found[step]).as("step %d", step).isCloseTo(expected[step], within(1e-3));
      }
    }
  }

  @Test
  void learnsInBf16AsInFp32() {
    try (Kernels half = Kernels.named("torch", Precision.BF16);
        Kernels exact = Kernels.named("torch")) {
      assertThat(half.precision()).isEqualTo(Precision.BF16);
      assertThat(half.fp32().precision()).isEqualTo(Precision.FP32);
      double[] found = train("modern", half, 100);
      double[] expected = train("modern", exact, 100);
      assertThat(found[99]).isCloseTo(expected[99], within(0.03)).isNotEqualTo(expected[99]);
    }
  }

  @ParameterizedTest
  @CsvSource({"torch, FP32", "torch, BF16"})
  void givesTheSameBitsAgain(String name, Precision precision) {
    double[][] losses = new double[2][];
    for (int i = 0; i < 2; i++) {
      try (Kernels kernels = Kernels.named(name, precision)) {
        losses[i] = train("qwen3", kernels, 10);
      }
    }
    assertThat(losses[0]).isEqualTo(losses[1]);
  }

  /** Gradients by differences of losses in double precision. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "modern"})
  void gradientsAreThoseOfTheLossInDoublePrecision(String architecture) {
    try (Kernels kernels = TorchProvider.inDouble();
        LanguageModel model = create(architecture, kernels)) {
      model.initialize(1);
      TokenBatch batch = batch(1);
      model.gradients().clear();
      model.lossAndGradient(batch, 1);
      Random random = new Random(5);
      float[] value = new float[1];
      float[] gradient = new float[1];
      float step = 0x1p-10f;
      for (int i = 0; i < 60; i++) {
        long at = random.nextLong(model.layout().size());
        model.gradients().read(at, gradient, 0, 1);
        model.parameters().read(at, value, 0, 1);
        double above = lossWith(model, batch, at, value[0] + step);
        double below = lossWith(model, batch, at, value[0] - step);
        lossWith(model, batch, at, value[0]);
        double difference = (above - below) / ((value[0] + step) - (double) (value[0] - step));
        assertThat((double) gradient[0])
            .as("element %d", at)
            .isCloseTo(difference, within(1e-3 + 1e-3 * Math.abs(difference)));
      }
    }
  }

  private static double lossWith(LanguageModel model, TokenBatch batch, long at, float value) {
    model.parameters().write(at, new float[] {value}, 0, 1);
    return model.loss(batch).sum();
  }

  /** JavaCPP counts what is not freed; a tensor that a step forgot would be one of these. */
  @Test
  void stepsAndModelsLeaveNothingBehind() {
    try (Kernels kernels = Kernels.named("torch")) {
      train("modern", kernels, 2);
      long before = Pointer.totalCount();
      train("qwen3", kernels, 50);
      train("gpt2", kernels, 50);
      assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
      try (Tensor held = kernels.allocate(1)) {
        assertThat(Pointer.totalCount()).isGreaterThan(before);
      }
    }
  }

  @Test
  void refusesTensorsOfOtherKernels() {
    try (Kernels kernels = Kernels.named("torch");
        Tensor other = new PlainKernels().allocate(4)) {
      assertThatThrownBy(() -> kernels.sumOfSquares(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "torch kernels: expected a tensor of their own, found PlainTensor; allocate it with"
                  + " the same kernels");
    }
  }

  @Test
  void tellsHowItComputes() {
    try (Kernels kernels = Kernels.named("torch")) {
      assertThat(kernels.name()).isEqualTo("torch");
      assertThat(kernels.arithmetic().toString()).startsWith("torch, libtorch, fp32, ");
      assertThat(kernels.arithmetic().usesGpu()).isFalse();
    }
  }
}
