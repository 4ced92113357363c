package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every fast kernel against its plain twin, on shapes that fill no register and no tile. */
class KernelsTest {
  private final PlainKernels plain = new PlainKernels();
  private final List<Tensor> tensors = new ArrayList<>();
  private final Random random = new Random(11);

  @AfterEach
  void close() {
    tensors.forEach(Tensor::close);
  }

  /** The same numbers for both kernels. */
  private record Pair(Tensor fast, Tensor plain) {}

  private Pair pair(Kernels kernels, int size, double scale) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) (random.nextGaussian() * scale);
    }
    Pair pair = new Pair(kernels.allocate(size), plain.allocate(size));
    pair.fast().write(0, values, 0, size);
    pair.plain().write(0, values, 0, size);
    tensors.add(pair.fast());
    return pair;
  }

  private record ParameterPair(Pair value, Pair gradient) {
    Parameter fast() {
      return new Parameter(value.fast(), gradient.fast());
    }

    Parameter plain() {
      return new Parameter(value.plain(), gradient.plain());
    }
  }

  private ParameterPair parameter(Kernels kernels, int size) {
    return new ParameterPair(pair(kernels, size, 1), pair(kernels, size, 1));
  }

  private static float[] values(Tensor tensor) {
    float[] values = new float[(int) tensor.size()];
    tensor.read(0, values, 0, values.length);
    return values;
  }

  /** Close relative to the largest element. */
  private static void same(String what, Pair pair, double tolerance) {
    float[] found = values(pair.fast());
    float[] expected = values(pair.plain());
    double largest = 1e-3;
    for (float value : expected) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int i = 0; i < found.length; i++) {
      assertThat((double) found[i])
          .as("%s[%d]", what, i)
          .isCloseTo(expected[i], within(tolerance * largest));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 48, 65",
    "vector, 20, 13",
    "vector, 3, 2",
    "nd4j, 48, 65",
    "nd4j, 20, 13",
    "nd4j, 3, 2"
  })
  void embeds(String name, int width, int vocabulary) {
    try (Kernels fast = Kernels.named(name)) {
      Sequences sequences = new Sequences(2, 9, 4);
      ParameterPair tokens = parameter(fast, vocabulary * width);
      ParameterPair positions = parameter(fast, 9 * width);
      Pair out = pair(fast, 10 * width, 1);
      int[] ids = random.ints(10, 0, vocabulary).toArray();
      Embedding a = new Embedding(width, tokens.fast(), positions.fast());
      Embedding b = new Embedding(width, tokens.plain(), positions.plain());
      fast.embed(a, sequences, ids, out.fast());
      plain.embed(b, sequences, ids, out.plain());
      same("out", out, 1e-6);
      fast.embedBackward(a, sequences, ids, out.fast());
      plain.embedBackward(b, sequences, ids, out.plain());
      same("tokens", tokens.gradient(), 1e-6);
      same("positions", positions.gradient(), 1e-6);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 67, 48, 144",
    "vector, 7, 20, 13",
    "vector, 1, 3, 1",
    "vector, 5, 1, 33",
    "nd4j, 67, 48, 144",
    "nd4j, 7, 20, 13",
    "nd4j, 1, 3, 1",
    "nd4j, 5, 1, 33"
  })
  void mapsLinearly(String name, int rows, int inputs, int outputs) {
    try (Kernels fast = Kernels.named(name)) {
      ParameterPair weight = parameter(fast, inputs * outputs);
      ParameterPair bias = parameter(fast, outputs);
      Pair x = pair(fast, rows * inputs, 1);
      Pair y = pair(fast, rows * outputs, 1);
      Pair dx = pair(fast, rows * inputs, 1);
      Linear a = new Linear(inputs, outputs, weight.fast(), bias.fast());
      Linear b = new Linear(inputs, outputs, weight.plain(), bias.plain());
      fast.linear(a, rows, x.fast(), y.fast());
      plain.linear(b, rows, x.plain(), y.plain());
      same("y", y, 1e-5);
      fast.linearBackward(a, rows, x.fast(), y.fast(), dx.fast());
      plain.linearBackward(b, rows, x.plain(), y.plain(), dx.plain());
      same("dx", dx, 1e-5);
      same("weight", weight.gradient(), 1e-5);
      same("bias", bias.gradient(), 1e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 67, 48",
    "vector, 7, 20",
    "vector, 2, 3",
    "vector, 5, 33",
    "nd4j, 67, 48",
    "nd4j, 7, 20",
    "nd4j, 2, 3",
    "nd4j, 5, 33"
  })
  void normalizes(String name, int rows, int width) {
    try (Kernels fast = Kernels.named(name)) {
      ParameterPair gain = parameter(fast, width);
      ParameterPair bias = parameter(fast, width);
      LayerNorm a = new LayerNorm(width, gain.fast(), bias.fast());
      LayerNorm b = new LayerNorm(width, gain.plain(), bias.plain());
      Pair x = pair(fast, rows * width, 1);
      Pair addend = pair(fast, rows * width, 2);
      Pair input = pair(fast, rows * width, 1);
      Pair output = pair(fast, rows * width, 1);
      Pair statistics = pair(fast, 2 * rows, 1);
      LayerNorm.Activations forA =
          new LayerNorm.Activations(input.fast(), output.fast(), statistics.fast());
      LayerNorm.Activations forB =
          new LayerNorm.Activations(input.plain(), output.plain(), statistics.plain());
      fast.normalize(a, rows, forA);
      plain.normalize(b, rows, forB);
      same("output", output, 1e-5);
      fast.addAndNormalize(a, rows, x.fast(), addend.fast(), forA);
      plain.addAndNormalize(b, rows, x.plain(), addend.plain(), forB);
      same("input", input, 1e-6);
      same("output", output, 1e-5);
      Pair dOutput = pair(fast, rows * width, 1);
      fast.normalizeBackward(a, rows, forA, dOutput.fast(), x.fast());
      plain.normalizeBackward(b, rows, forB, dOutput.plain(), x.plain());
      same("dInput", x, 1e-5);
      same("gain", gain.gradient(), 1e-5);
      same("bias", bias.gradient(), 1e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 1",
    "vector, 33",
    "vector, 1024",
    "vector, 2500",
    "nd4j, 1",
    "nd4j, 33",
    "nd4j, 1024",
    "nd4j, 2500"
  })
  void computesGelu(String name, int size) {
    try (Kernels fast = Kernels.named(name)) {
      Pair x = pair(fast, size, 4);
      Pair y = pair(fast, size, 1);
      fast.gelu(size, x.fast(), y.fast());
      plain.gelu(size, x.plain(), y.plain());
      same("gelu", y, 1e-6);
      same("derivative", x, 1e-6);
      fast.geluBackward(size, x.fast(), y.fast());
      plain.geluBackward(size, x.plain(), y.plain());
      same("product", y, 1e-6);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vector", "nd4j"})
  void geluOfExtremesIsFinite(String name) {
    float[] extremes = {-1e4f, -60f, -10f, 0f, 10f, 60f, 1e4f};
    try (Kernels fast = Kernels.named(name);
        Tensor x = fast.allocate(7);
        Tensor y = fast.allocate(7)) {
      x.write(0, extremes, 0, 7);
      fast.gelu(7, x, y);
      assertThat(values(y))
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(0f, 0f, 0f, 0f, 10f, 60f, 1e4f);
      assertThat(values(x))
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(0f, 0f, 0f, 0.5f, 1f, 1f, 1f);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 2, 67, 3, 16",
    "vector, 1, 1, 2, 3",
    "vector, 3, 5, 5, 4",
    "vector, 1, 200, 1, 7",
    "vector, 2, 128, 2, 8",
    "nd4j, 2, 67, 3, 16",
    "nd4j, 1, 1, 2, 3",
    "nd4j, 3, 5, 5, 4",
    "nd4j, 1, 200, 1, 7",
    "nd4j, 2, 128, 2, 8"
  })
  void attends(String name, int count, int length, int heads, int headWidth) {
    try (Kernels fast = Kernels.named(name)) {
      Sequences sequences = Sequences.whole(count, length);
      Heads shape = new Heads(heads, headWidth);
      int width = shape.totalWidth();
      Pair qkv = pair(fast, 3 * sequences.rows() * width, 1);
      Pair out = pair(fast, sequences.rows() * width, 1);
      Pair dQkv = pair(fast, 3 * sequences.rows() * width, 1);
      Tensor saved = fast.allocate(fast.attentionMemory(sequences, shape));
      tensors.add(saved);
      Tensor savedPlain = plain.allocate(plain.attentionMemory(sequences, shape));
      fast.attention(sequences, shape, qkv.fast(), saved, out.fast());
      plain.attention(sequences, shape, qkv.plain(), savedPlain, out.plain());
      same("out", out, 1e-5);
      Pair dOut = pair(fast, sequences.rows() * width, 1);
      fast.attentionBackward(
          sequences,
          shape,
          new Kernels.AttentionTensors(qkv.fast(), saved),
          dOut.fast(),
          dQkv.fast());
      plain.attentionBackward(
          sequences,
          shape,
          new Kernels.AttentionTensors(qkv.plain(), savedPlain),
          dOut.plain(),
          dQkv.plain());
      same("dQkv", dQkv, 1e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 67, 66",
    "vector, 150, 70",
    "vector, 150, 1",
    "nd4j, 67, 66",
    "nd4j, 150, 70",
    "nd4j, 150, 1"
  })
  void attendsFromALaterPosition(String name, int length, int first) {
    try (Kernels fast = Kernels.named(name)) {
      Sequences sequences = new Sequences(1, length, first);
      Heads shape = new Heads(3, 5);
      Pair qkv = pair(fast, 3 * length * 15, 1);
      Pair out = pair(fast, sequences.rows() * 15, 1);
      Tensor saved = fast.allocate(fast.attentionMemory(sequences, shape));
      tensors.add(saved);
      Tensor savedPlain = plain.allocate(plain.attentionMemory(sequences, shape));
      fast.attention(sequences, shape, qkv.fast(), saved, out.fast());
      plain.attention(sequences, shape, qkv.plain(), savedPlain, out.plain());
      same("out", out, 1e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, 67, 65, 48",
    "vector, 7, 13, 20",
    "vector, 1, 2, 3",
    "vector, 1100, 33, 5",
    "nd4j, 67, 65, 48",
    "nd4j, 7, 13, 20",
    "nd4j, 1, 2, 3",
    "nd4j, 1100, 33, 5"
  })
  void computesCrossEntropy(String name, int rows, int vocabulary, int width) {
    try (Kernels fast = Kernels.named(name)) {
      ParameterPair weight = parameter(fast, vocabulary * width);
      Tensor scratch = fast.allocate(fast.unembeddingScratch(vocabulary));
      tensors.add(scratch);
      Unembedding a = new Unembedding(vocabulary, width, weight.fast(), scratch);
      Unembedding b =
          new Unembedding(vocabulary, width, weight.plain(), plain.allocate(vocabulary));
      Pair x = pair(fast, rows * width, 1);
      Pair dx = pair(fast, rows * width, 1);
      int[] targets = random.ints(rows, 0, vocabulary).toArray();
      double expected = plain.crossEntropy(b, rows, x.plain(), targets);
      assertThat(fast.crossEntropy(a, rows, x.fast(), targets))
          .isCloseTo(expected, within(1e-5 * expected));
      Kernels.Targets withFactor = new Kernels.Targets(targets, 0.25f);
      assertThat(fast.crossEntropyBackward(a, rows, x.fast(), withFactor, dx.fast()))
          .isCloseTo(expected, within(1e-5 * expected));
      plain.crossEntropyBackward(b, rows, x.plain(), withFactor, dx.plain());
      same("dx", dx, 1e-5);
      same("weight", weight.gradient(), 1e-5);
      Pair logits = pair(fast, rows * vocabulary, 1);
      fast.logits(a, rows, x.fast(), logits.fast());
      plain.logits(b, rows, x.plain(), logits.plain());
      same("logits", logits, 1e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({"vector, 1", "vector, 33", "vector, 5000", "nd4j, 1", "nd4j, 33", "nd4j, 5000"})
  void sumsSquares(String name, int size) {
    try (Kernels fast = Kernels.named(name)) {
      Pair x = pair(fast, size, 3);
      double expected = plain.sumOfSquares(x.plain());
      assertThat(fast.sumOfSquares(x.fast())).isCloseTo(expected, within(1e-6 * expected));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"vector", "nd4j"})
  void updatesOnlyTheRangeItIsGiven(String name) {
    try (Kernels fast = Kernels.named(name)) {
      Pair parameters = pair(fast, 3000, 1);
      Pair gradients = pair(fast, 3000, 1);
      Pair first = pair(fast, 3000, 1);
      Pair second = pair(fast, 3000, 0);
      fast.adamW(
          update(parameters.fast(), gradients.fast(), first.fast(), second.fast()), 16, 2051, 0.3);
      plain.adamW(
          update(parameters.plain(), gradients.plain(), first.plain(), second.plain()),
          16,
          2051,
          0.3);
      same("parameters", parameters, 1e-5);
      same("first moment", first, 1e-6);
      same("second moment", second, 1e-6);
    }
  }

  private static AdamWUpdate update(Tensor p, Tensor g, Tensor m, Tensor v) {
    return new AdamWUpdate(p, g, m, v, 0.5, 0.01, 0.9, 0.99, 1e-8, 0.19, 0.0199);
  }

  @ParameterizedTest
  @ValueSource(strings = {"vector", "nd4j"})
  void tensorsCopySliceAndClear(String name) {
    try (Kernels fast = Kernels.named(name);
        Tensor tensor = fast.allocate(40)) {
      tensor.write(5, new float[] {9, 1, 2, 3}, 1, 3);
      try (Tensor slice = tensor.slice(6, 10)) {
        float[] found = new float[4];
        slice.read(0, found, 1, 2);
        assertThat(found).containsExactly(0, 2, 3, 0);
        slice.write(9, new float[] {7}, 0, 1);
        try (Tensor inner = slice.slice(1, 2)) {
          inner.clear();
        }
      }
      float[] all = values(tensor);
      assertThat(Arrays.copyOfRange(all, 4, 10)).containsExactly(0, 1, 2, 0, 0, 0);
      assertThat(all[15]).isEqualTo(7);
      assertThatThrownBy(() -> tensor.read(39, new float[2], 0, 2))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> tensor.slice(39, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void refusesUnknownNamesAndForeignTensors() {
    assertThatThrownBy(() -> Kernels.named("fast"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("kernels: unknown kernels 'fast'; use auto, vector or nd4j");
    try (Kernels fast = Kernels.named("vector");
        Tensor own = fast.allocate(4)) {
      assertThatThrownBy(() -> fast.gelu(4, plain.allocate(4), own))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "vector kernels: expected a tensor of their own, found PlainTensor; allocate it with"
                  + " the same kernels");
    }
  }

  @Test
  void everyVectorPassUsesOneThread() {
    try (Kernels fast = Kernels.named("vector")) {
      Parameter tokens = parameter(fast, 8).fast();
      Parameter positions = parameter(fast, 8).fast();
      OpenMp.useThreads(2);
      Tensor out = pair(fast, 4, 1).fast();
      fast.embed(new Embedding(4, tokens, positions), Sequences.whole(1, 1), new int[] {0}, out);
      assertThat(OpenMp.threads()).isEqualTo(1);
    }
  }

  @Test
  void autoChoosesVectorOnThisMachine() {
    try (Kernels kernels = Kernels.named("auto")) {
      assertThat(kernels.name()).isEqualTo("vector");
    }
  }
}
