package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Products in bf16 against float32 ones. Where the processor has no bf16, the kernels are those of
 * float32 and every comparison holds all the more; what they are is checked too.
 */
class Bf16KernelsTest {
  private static final boolean SUPPORTED = OneDnn.obstacle().isEmpty();

  /** Unit of rounding to 8 bits. */
  private static final double ROUNDING = 1.0 / 256;

  private final Kernels kernels = Kernels.named("vector", Precision.BF16);
  private final Kernels exact = Kernels.named("vector");
  private final List<Tensor> tensors = new ArrayList<>();
  private final Random random = new Random(7);

  @AfterEach
  void close() {
    tensors.forEach(Tensor::close);
    kernels.close();
    exact.close();
  }

  private float[] numbers(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The nearest bfloat16 numbers, ties to even. */
  private static float[] rounded(float[] values) {
    float[] rounded = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      int half = 0x7fff + ((bits >>> 16) & 1);
      rounded[i] = Float.intBitsToFloat((bits + half) & 0xffff0000);
    }
    return rounded;
  }

  private Tensor tensor(float... values) {
    Tensor tensor = exact.allocate(values.length);
    tensor.write(0, values, 0, values.length);
    tensors.add(tensor);
    return tensor;
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  private static void same(String what, float[] found, float[] expected, double tolerance) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow(found[i] - expected[i], 2);
      norm += Math.pow(expected[i], 2);
    }
    assertThat(Math.sqrt(difference / norm)).as(what).isLessThan(tolerance);
  }

  /** Operands of a linear layer or an lm_head, and what both kernels make of them. */
  private record Operands(float[] weight, float[] bias, float[] x, float[] dy, float[] gradient) {
    Operands rounded() {
      return new Operands(
          Bf16KernelsTest.rounded(weight),
          bias,
          Bf16KernelsTest.rounded(x),
          Bf16KernelsTest.rounded(dy),
          gradient);
    }
  }

  private record Results(float[] y, float[] dx, float[] gradient) {}

  private Operands operands(int rows, int inputs, int outputs) {
    return new Operands(
        numbers(inputs * outputs),
        numbers(outputs),
        numbers(rows * inputs),
        numbers(rows * outputs),
        numbers(inputs * outputs));
  }

  /**
   * @param layout one, or none for weights as GPT-2's, with a bias
   */
  private Results linear(
      Kernels with, int inputs, int outputs, Operands o, Linear.Layout... layout) {
    int rows = o.x().length / inputs;
    Parameter weight = new Parameter(tensor(o.weight()), tensor(o.gradient()));
    Parameter bias = new Parameter(tensor(o.bias()), tensor(new float[outputs]));
    Linear layer =
        layout.length == 0
            ? new Linear(inputs, outputs, Linear.Layout.INPUTS_FIRST, weight, bias)
            : new Linear(inputs, outputs, layout[0], weight, null);
    Tensor y = tensor(new float[rows * outputs]);
    Tensor dx = tensor(numbers(rows * inputs));
    Tensor x = tensor(o.x());
    with.linear(layer, rows, x, y);
    with.linearBackward(layer, rows, x, tensor(o.dy()), dx);
    return new Results(values(y), values(dx), values(weight.gradient()));
  }

  @ParameterizedTest
  @CsvSource({
    "67, 48, 144, INPUTS_FIRST",
    "67, 48, 65, INPUTS_FIRST",
    "134, 192, 48, INPUTS_FIRST",
    "7, 20, 13, INPUTS_FIRST",
    "1, 3, 1, INPUTS_FIRST",
    "5, 1, 33, INPUTS_FIRST",
    "3, 130, 257, INPUTS_FIRST",
    "67, 48, 144, OUTPUTS_FIRST",
    "67, 48, 65, OUTPUTS_FIRST",
    "134, 192, 48, OUTPUTS_FIRST",
    "7, 20, 13, OUTPUTS_FIRST",
    "1, 3, 1, OUTPUTS_FIRST",
    "5, 1, 33, OUTPUTS_FIRST",
    "3, 130, 257, OUTPUTS_FIRST",
  })
  void productsOfRepresentableNumbersAreExact(
      int rows, int inputs, int outputs, Linear.Layout layout) {
    Operands operands = operands(rows, inputs, outputs).rounded();
    Results found = linear(kernels, inputs, outputs, operands, layout);
    Results expected = linear(exact, inputs, outputs, operands, layout);
    same("y", found.y(), expected.y(), 1e-6);
    same("dx", found.dx(), expected.dx(), 1e-6);
    same("gradient", found.gradient(), expected.gradient(), 1e-6);
  }

  @ParameterizedTest
  @CsvSource({
    "67, 48, 144, INPUTS_FIRST",
    "67, 48, 65, OUTPUTS_FIRST",
    "7, 20, 13, INPUTS_FIRST",
    "7, 20, 13, OUTPUTS_FIRST",
    "2, 67, 3, INPUTS_FIRST"
  })
  void roundsFactorsAndNothingElse(int rows, int inputs, int outputs, Linear.Layout layout) {
    Operands operands = operands(rows, inputs, outputs);
    Results found = linear(kernels, inputs, outputs, operands, layout);
    Results expected = linear(exact, inputs, outputs, operands, layout);
    Results ofRounded = linear(exact, inputs, outputs, operands.rounded(), layout);
    same("y", found.y(), expected.y(), ROUNDING);
    same("dx", found.dx(), expected.dx(), ROUNDING);
    same("gradient", found.gradient(), expected.gradient(), ROUNDING);
    Results reference = SUPPORTED ? ofRounded : expected;
    same("y", found.y(), reference.y(), 1e-6);
    same("dx", found.dx(), reference.dx(), 1e-6);
    same("gradient", found.gradient(), reference.gradient(), 1e-6);
  }

  @ParameterizedTest
  @CsvSource({"67, 65, 48", "7, 13, 20", "1, 2, 3", "1100, 33, 5", "150, 20000, 8"})
  void crossEntropyIsThatOfRoundedFactors(int rows, int vocabulary, int width) {
    float[] weight = rounded(numbers(vocabulary * width));
    float[] x = rounded(numbers(rows * width));
    int[] targets = random.ints(rows, 0, vocabulary).toArray();
    float[] weights = numbers(rows);
    Kernels.Targets weighted = new Kernels.Targets(targets, weights);
    List<Results> results = new ArrayList<>();
    List<Double> losses = new ArrayList<>();
    for (Kernels with : List.of(kernels, exact)) {
      Parameter parameter = new Parameter(tensor(weight), tensor(new float[weight.length]));
      Tensor scratch = tensor(new float[(int) with.headScratch(vocabulary)]);
      OutputHead head = new OutputHead(vocabulary, width, parameter, 5, scratch);
      Tensor dx = tensor(new float[x.length]);
      Tensor logits = tensor(new float[rows * vocabulary]);
      losses.add(with.crossEntropyBackward(head, rows, tensor(x), weighted, 0.25f, dx));
      assertThat(with.crossEntropy(head, rows, tensor(x), weighted))
          .isEqualTo(losses.get(losses.size() - 1));
      with.logits(head, rows, tensor(x), logits);
      results.add(new Results(values(logits), values(dx), values(parameter.gradient())));
    }
    // The factors of the forward pass are exact here; the gradient of the logits is rounded.
    assertThat(Math.abs(losses.get(0) / losses.get(1) - 1)).isLessThan(1e-6);
    same("logits", results.get(0).y(), results.get(1).y(), 1e-6);
    same("dx", results.get(0).dx(), results.get(1).dx(), ROUNDING);
    same("gradient", results.get(0).gradient(), results.get(1).gradient(), ROUNDING);
  }

  @Test
  void gradientsOfMicroBatchesAddUpInFloat32() {
    float[] large = new float[16 * 16];
    Arrays.fill(large, 4096f);
    Parameter weight = new Parameter(tensor(new float[16 * 16]), tensor(large));
    Parameter bias = new Parameter(tensor(new float[16]), tensor(new float[16]));
    Linear layer = new Linear(16, 16, Linear.Layout.INPUTS_FIRST, weight, bias);
    float[] ones = new float[16];
    Arrays.fill(ones, 1f);
    for (int batch = 0; batch < 300; batch++) {
      kernels.linearBackward(layer, 1, tensor(ones), tensor(ones), tensor(new float[16]));
    }
    // In bf16, 4096 + 1 is 4096.
    assertThat(values(weight.gradient())).containsOnly(4396f);
  }

  @Test
  void seesEveryChangeOfTheWeights() {
    Tensor all = tensor(new float[64]);
    Parameter weight = new Parameter(all.slice(16, 4), tensor(0, 0, 0, 0));
    Parameter bias = new Parameter(all.slice(32, 2), tensor(0, 0));
    Linear layer = new Linear(2, 2, Linear.Layout.INPUTS_FIRST, weight, bias);
    Tensor x = tensor(1, 2);
    Tensor y = tensor(0, 0);
    kernels.linear(layer, 1, x, y);
    assertThat(values(y)).containsExactly(0, 0);
    all.write(16, new float[] {1, 2, 3, 4}, 0, 4);
    kernels.linear(layer, 1, x, y);
    assertThat(values(y)).containsExactly(7, 10);
    Tensor dx = tensor(0, 0);
    kernels.linearBackward(layer, 1, x, tensor(1, 1), dx);
    assertThat(values(dx)).containsExactly(3, 7);
    all.slice(16, 4).write(0, new float[] {5}, 0, 1);
    kernels.linear(layer, 1, x, y);
    assertThat(values(y)).containsExactly(11, 10);
    all.slice(0, 40).clear();
    kernels.linear(layer, 1, x, y);
    assertThat(values(y)).containsExactly(0, 0);
    kernels.linearBackward(layer, 1, x, tensor(1, 1), dx);
    assertThat(values(dx)).containsExactly(0, 0);
    float[] downhill = new float[64];
    Arrays.fill(downhill, 16, 20, -1f);
    kernels.adamW(
        new AdamWUpdate(
            all,
            tensor(downhill),
            tensor(new float[64]),
            tensor(new float[64]),
            1,
            0.5,
            0.9,
            0.99,
            1e-8,
            1),
        AdamWUpdate.Range.of(0, 64, 0));
    kernels.linear(layer, 1, x, y);
    assertThat(values(y)).containsExactly(1.5f, 1.5f);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 67})
  void givesTheSameBitsInAnyThread(int rows) throws Exception {
    Operands operands = operands(rows, 48, 65);
    Results here = linear(kernels, 48, 65, operands);
    FutureTask<Results> there =
        new FutureTask<>(
            () -> {
              try (Kernels own = Kernels.named("auto", Precision.BF16)) {
                return linear(own, 48, 65, operands);
              }
            });
    // As a worker is used by another task's thread in the next round.
    FutureTask<Results> moved = new FutureTask<>(() -> linear(kernels, 48, 65, operands));
    for (FutureTask<Results> task : List.of(there, moved)) {
      Thread thread = new Thread(task);
      thread.start();
      thread.join();
      assertThat(task.get().y()).isEqualTo(here.y());
      assertThat(task.get().dx()).isEqualTo(here.dx());
      assertThat(task.get().gradient()).isEqualTo(here.gradient());
    }
  }

  @Test
  void tellsItsPrecision() {
    assertThat(kernels.precision()).isEqualTo(SUPPORTED ? Precision.BF16 : Precision.FP32);
    assertThat(kernels.fp32().precision()).isEqualTo(Precision.FP32);
    assertThat(exact.precision()).isEqualTo(Precision.FP32);
    assertThat(exact.fp32()).isSameAs(exact);
    Operands operands = operands(67, 48, 65);
    float[] inFloat = linear(exact, 48, 65, operands).y();
    assertThat(linear(kernels.fp32(), 48, 65, operands).y()).isEqualTo(inFloat);
    assertThat(Arrays.equals(linear(kernels, 48, 65, operands).y(), inFloat)).isEqualTo(!SUPPORTED);
  }

  @Test
  void needsInstructionsForBf16() {
    String obstacle = "this processor has neither AVX512_BF16 nor AMX";
    assertThat(OneDnn.obstacle(dnnl.dnnl_cpu_isa_default)).contains(obstacle);
    assertThat(OneDnn.obstacle(dnnl.dnnl_cpu_isa_avx2)).contains(obstacle);
    assertThat(OneDnn.obstacle(dnnl.dnnl_cpu_isa_avx2_vnni_2)).contains(obstacle);
    assertThat(OneDnn.obstacle(dnnl.dnnl_cpu_isa_avx512_core_vnni)).contains(obstacle);
    assertThat(OneDnn.obstacle(dnnl.dnnl_cpu_isa_avx512_core_bf16)).isEmpty();
    assertThat(OneDnn.obstacle(dnnl.dnnl_cpu_isa_avx10_1_512)).isEmpty();
    assertThat(OneDnn.obstacle(dnnl.dnnl_cpu_isa_avx512_core_amx)).isEmpty();
  }

  @Test
  void refusesUnknownPrecisionsAndKernelsWithoutIt() {
    assertThat(Precision.named("here", "fp32")).isEqualTo(Precision.FP32);
    assertThat(Precision.named("here", "bf16")).isEqualTo(Precision.BF16);
    assertThatThrownBy(() -> Precision.named("here", "fp8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("here: unknown precision 'fp8'; use fp32 or bf16");
    assertThatThrownBy(() -> Kernels.named("nd4j", Precision.BF16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "kernels: nd4j kernels have no precision bf16; use auto, vector or torch, or precision fp32");
    assertThatThrownBy(() -> Kernels.named("fast", Precision.BF16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kernels: unknown kernels 'fast'; use auto, vector, nd4j or torch");
  }
}
