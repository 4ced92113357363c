package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.AdamWUpdate;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.KernelPairs;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Norm;
import org.kindling.kernels.OutputHead;
import org.kindling.kernels.Parameter;
import org.kindling.kernels.Precision;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;
import org.kindling.model.LanguageModel;
import org.kindling.model.TokenBatch;
import org.kindling.training.SmallTraining;

/** What bf16 must leave in float32: sums of gradients, parameters, evaluation and sampling. */
class TorchBf16Test {
  /** Beside which bfloat16 loses whatever is below 16. */
  private static final float LARGE = 4096;

  private static final int TIMES = 300;
  private static final int ROWS = 3;
  private static final int WIDTH = 16;

  private final Kernels kernels = Kernels.named("torch", Precision.BF16);
  private final List<Tensor> tensors = new ArrayList<>();

  @AfterEach
  void close() {
    tensors.forEach(Tensor::close);
    kernels.close();
  }

  private Tensor tensor(float... values) {
    Tensor tensor = kernels.allocate(values.length);
    tensor.write(0, values, 0, values.length);
    tensors.add(tensor);
    return tensor;
  }

  private Tensor filled(long size, float value) {
    float[] values = new float[(int) size];
    Arrays.fill(values, value);
    return tensor(values);
  }

  /** Numbers of which no two are alike, around 1. */
  private Tensor numbers(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = 1 + (float) Math.sin(i) / 2;
    }
    return tensor(values);
  }

  /** What is trained. */
  private enum Trained {
    MATRIX_OF_GPT2,
    MATRIX_OF_LLAMA,
    BIAS,
    TOKENS,
    POSITIONS,
    GAIN,
    LM_HEAD
  }

  /** A backward pass that adds to the gradient of [WIDTH, WIDTH] or [WIDTH] elements. */
  private Runnable backward(Trained what, Tensor gradient) {
    Tensor x = numbers(ROWS * WIDTH);
    Tensor d = numbers(ROWS * WIDTH);
    Tensor dx = filled((long) ROWS * WIDTH, 0);
    Parameter parameter = new Parameter(numbers((int) gradient.size()), gradient);
    Parameter other = new Parameter(numbers(WIDTH * WIDTH), filled((long) WIDTH * WIDTH, 0));
    int[] ids = {0, 1, 2};
    Sequences sequences = Sequences.whole(1, ROWS);
    Function<Linear, Runnable> ofLinear =
        layer -> () -> kernels.linearBackward(layer, ROWS, x, d, dx);
    Function<Embedding, Runnable> ofEmbedding =
        embedding -> () -> kernels.embedBackward(embedding, sequences, ids, d);
    return switch (what) {
      case MATRIX_OF_GPT2 ->
          ofLinear.apply(new Linear(WIDTH, WIDTH, Linear.Layout.INPUTS_FIRST, parameter, null));
      case MATRIX_OF_LLAMA ->
          ofLinear.apply(new Linear(WIDTH, WIDTH, Linear.Layout.OUTPUTS_FIRST, parameter, null));
      case BIAS ->
          ofLinear.apply(new Linear(WIDTH, WIDTH, Linear.Layout.INPUTS_FIRST, other, parameter));
      case TOKENS -> ofEmbedding.apply(new Embedding(WIDTH, parameter, null));
      case POSITIONS -> ofEmbedding.apply(new Embedding(WIDTH, other, parameter));
      case GAIN -> {
        Norm norm = new Norm(Norm.Kind.RMS, WIDTH, 1e-5, parameter, null);
        Norm.Activations a =
            new Norm.Activations(x, filled((long) ROWS * WIDTH, 0), filled(2 * ROWS, 0));
        kernels.normalize(norm, ROWS, a);
        yield () -> kernels.normalizeBackward(norm, ROWS, a, d, dx);
      }
      case LM_HEAD -> {
        Tensor scratch = filled(kernels.headScratch(WIDTH), 0);
        OutputHead head = new OutputHead(WIDTH, WIDTH, parameter, 0, scratch);
        Kernels.Targets targets = new Kernels.Targets(ids, null);
        yield () -> kernels.crossEntropyBackward(head, ROWS, x, targets, 4, dx);
      }
    };
  }

  @ParameterizedTest
  @EnumSource(Trained.class)
  void gradientsOfMicroBatchesAddUpInFloat32(Trained what) {
    boolean vector = what == Trained.BIAS || what == Trained.GAIN;
    int size = vector ? WIDTH : WIDTH * WIDTH;
    Tensor once = filled(size, 0);
    backward(what, once).run();
    Tensor sum = filled(size, LARGE);
    Runnable backward = backward(what, sum);
    for (int i = 0; i < TIMES; i++) {
      backward.run();
    }
    float[] single = KernelPairs.values(once);
    float[] found = KernelPairs.values(sum);
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < size; i++) {
      double change = found[i] - LARGE;
      difference += Math.pow(change - TIMES * single[i], 2);
      norm += Math.pow(TIMES * single[i], 2);
    }
    assertThat(norm).isGreaterThan(1);
    assertThat(Math.sqrt(difference / norm)).isLessThan(1e-3);
  }

  /** Copies of weights in bfloat16 are made again whenever the weights change, however they do. */
  @Test
  void seesEveryChangeOfTheWeights() {
    Tensor all = filled(64, 0);
    Parameter weight = new Parameter(all.slice(16, 4), filled(4, 0));
    Parameter bias = new Parameter(all.slice(32, 2), filled(2, 0));
    Linear layer = new Linear(2, 2, Linear.Layout.INPUTS_FIRST, weight, bias);
    Tensor x = tensor(1, 2);
    Tensor y = filled(2, 0);
    Tensor dx = filled(2, 0);
    kernels.linear(layer, 1, x, y);
    assertThat(KernelPairs.values(y)).containsExactly(0, 0);
    all.write(16, new float[] {1, 2, 3, 4}, 0, 4);
    kernels.linear(layer, 1, x, y);
    kernels.linearBackward(layer, 1, x, filled(2, 1), dx);
    assertThat(KernelPairs.values(y)).containsExactly(7, 10);
    assertThat(KernelPairs.values(dx)).containsExactly(3, 7);
    all.slice(16, 4).write(0, new float[] {5}, 0, 1);
    kernels.linear(layer, 1, x, y);
    assertThat(KernelPairs.values(y)).containsExactly(11, 10);
    all.slice(0, 40).clear();
    kernels.linear(layer, 1, x, y);
    assertThat(KernelPairs.values(y)).containsExactly(0, 0);
    AdamWUpdate update =
        new AdamWUpdate(
            all, filled(64, -1), filled(64, 0), filled(64, 0), 1, 0.5, 0.9, 0.99, 1e-8, 1);
    kernels.adamW(update, AdamWUpdate.Range.of(0, 64, 0));
    kernels.linear(layer, 1, x, y);
    assertThat(KernelPairs.values(y)).usingComparatorWithPrecision(1e-4f).containsExactly(2, 2);
  }

  /** Steps that bfloat16 would round away arrive, in the end, in what layers compute. */
  @Test
  void smallStepsAddUp() {
    Tensor weights = filled(WIDTH, 1);
    Tensor gradients = filled(WIDTH, 1);
    Tensor first = filled(WIDTH, 0);
    Tensor second = filled(WIDTH, 0);
    for (int step = 1; step <= 1000; step++) {
      AdamWUpdate update =
          new AdamWUpdate(weights, gradients, first, second, 1, 1e-4, 0.9, 0.99, 1e-8, step);
      kernels.adamW(update, AdamWUpdate.Range.of(0, WIDTH, 0));
    }
    for (float weight : KernelPairs.values(weights)) {
      assertThat(weight).isBetween(0.8999f, 0.9001f);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "qwen3", "modern"})
  void evaluatesAndGeneratesInFp32(String architecture) {
    SmallTraining training = SmallTraining.of(architecture, 1e-3);
    TokenBatch batch = training.batch(1);
    try (Kernels exactKernels = Kernels.named("torch");
        LanguageModel model = training.model(kernels);
        LanguageModel exact = training.model(exactKernels)) {
      model.initialize(1);
      exact.initialize(1);
      double inTraining = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
      assertThat(model.loss(batch)).isEqualTo(exact.loss(batch));
      assertThat(inTraining).isNotEqualTo(model.loss(batch).mean());
      assertThat(model.logits(1, batch.length(), batch.inputs()))
          .isEqualTo(exact.logits(1, batch.length(), batch.inputs()));
      try (LanguageModel.Decoder decoder = model.decoder(1);
          LanguageModel.Decoder exactDecoder = exact.decoder(1)) {
        assertThat(decoder.appendTo(0, 5, 6, 7)).isEqualTo(exactDecoder.appendTo(0, 5, 6, 7));
      }
    }
  }
}
