package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Tensors longer than a window of {@link CpuTensor}: operations touch few places, so that the pages
 * between take no memory.
 */
class LongTensorTest {
  private static final long BORDER = CpuTensor.STRIDE_ELEMENTS;

  /** So long that rows 1 to 4 lie in two windows, and none begins at a border. */
  private static final int STRIDE = 45_000_003;

  private static final int ROWS = 5;

  private final Kernels kernels = Kernels.named("vector");
  private final List<Tensor> tensors = new ArrayList<>();

  @AfterEach
  void close() {
    tensors.forEach(Tensor::close);
    kernels.close();
  }

  private Tensor allocate(long elements) {
    Tensor tensor = kernels.allocate(elements);
    tensors.add(tensor);
    return tensor;
  }

  private Tensor numbers(int elements, int seed) {
    Tensor tensor = allocate(elements);
    tensor.write(0, sequence(elements, seed), 0, elements);
    return tensor;
  }

  private static float[] sequence(int elements, int seed) {
    float[] values = new float[elements];
    for (int i = 0; i < elements; i++) {
      values[i] = (float) Math.sin(i + 7 * seed + 0.5);
    }
    return values;
  }

  /** The first columns of rows far apart, holding what a small matrix holds. */
  private Columns spread(Tensor small, int width) {
    Tensor tensor = allocate((ROWS - 1L) * STRIDE + width);
    float[] row = new float[width];
    for (int r = 0; r < ROWS; r++) {
      small.read((long) r * width, row, 0, width);
      tensor.write((long) r * STRIDE, row, 0, width);
    }
    return new Columns(tensor, 0, STRIDE);
  }

  private static void same(Columns found, Tensor expected, int width) {
    float[] row = new float[width];
    float[] expectedRow = new float[width];
    for (int r = 0; r < ROWS; r++) {
      found.tensor().read((long) r * STRIDE, row, 0, width);
      expected.read((long) r * width, expectedRow, 0, width);
      assertThat(row)
          .as("row %d", r)
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(expectedRow);
    }
  }

  @Test
  void embedsRowsAtTheEndOfALongTable() {
    int width = 20;
    int vocabulary = (int) (BORDER / width) + 3;
    Tensor table = allocate((long) vocabulary * width);
    Tensor gradient = allocate((long) vocabulary * width);
    // The first of these rows reaches over the border of the window.
    int[] ids = {vocabulary - 3, vocabulary - 1, 0, vocabulary - 3};
    for (int i = 0; i < 3; i++) {
      table.write((long) ids[i] * width, sequence(width, i), 0, width);
    }
    Tensor out = allocate(4L * width);
    Embedding embedding = new Embedding(width, new Parameter(table, gradient), null);
    kernels.embed(embedding, Sequences.whole(1, 4), ids, out);
    float[] found = KernelPairs.values(out);
    for (int row = 0; row < 4; row++) {
      assertThat(Arrays.copyOfRange(found, row * width, (row + 1) * width))
          .isEqualTo(sequence(width, row % 3));
    }
    kernels.embedBackward(embedding, Sequences.whole(1, 4), ids, out);
    float[] sum = new float[width];
    gradient.read((long) ids[0] * width, sum, 0, width);
    float[] once = sequence(width, 0);
    for (int i = 0; i < width; i++) {
      assertThat(sum[i]).isEqualTo(2 * once[i]);
    }
    gradient.read((long) ids[1] * width, sum, 0, width);
    assertThat(sum).isEqualTo(sequence(width, 1));
  }

  @Test
  void normalizesAndRotatesHeadsOfRowsFarApart() {
    int width = 3 * 6;
    Norm norm = new Norm(Norm.Kind.RMS, 6, 1e-5, new Parameter(numbers(6, 1), numbers(6, 2)), null);
    Norm twin =
        new Norm(Norm.Kind.RMS, 6, 1e-5, new Parameter(norm.gain().value(), numbers(6, 2)), null);
    Kernels.HeadSpan span = new Kernels.HeadSpan(ROWS, 3);
    Tensor x = numbers(ROWS * width, 3);
    Tensor y = numbers(ROWS * width, 4);
    Columns farX = spread(x, width);
    Columns farY = spread(y, width);
    Tensor statistics = allocate(ROWS * 3L);
    kernels.normalizeHeads(norm, span, farX, farY, statistics);
    kernels.normalizeHeads(twin, span, Columns.all(x, width), Columns.all(y, width), statistics);
    same(farY, y, width);
    Rotation rotation = new Rotation(3, allocate(ROWS * 3L), allocate(ROWS * 3L));
    rotation.fill(ROWS, 100);
    Sequences sequences = Sequences.whole(1, ROWS);
    kernels.rotate(rotation, sequences, 3, farY);
    kernels.rotate(rotation, sequences, 3, Columns.all(y, width));
    same(farY, y, width);
    kernels.normalizeHeadsBackward(norm, span, farX, statistics, farY);
    kernels.normalizeHeadsBackward(
        twin, span, Columns.all(x, width), statistics, Columns.all(y, width));
    same(farY, y, width);
    assertThat(KernelPairs.values(norm.gain().gradient()))
        .isEqualTo(KernelPairs.values(twin.gain().gradient()));
  }

  @Test
  void attendsToRowsFarApart() {
    Heads heads = new Heads(3, 3, 6, 0);
    int width = heads.queryWidth();
    Sequences sequences = Sequences.whole(1, ROWS);
    Tensor x = numbers(ROWS * width, 1);
    Columns near = Columns.all(x, width);
    Columns far = spread(x, width);
    Tensor saved = allocate(kernels.attentionMemory(sequences, heads));
    Tensor dOut = numbers(ROWS * width, 2);
    List<Tensor> outs = new ArrayList<>();
    Columns gradientNear = Columns.all(allocate((long) ROWS * width), width);
    Columns gradientFar = spread(dOut, width);
    for (boolean isFar : new boolean[] {false, true}) {
      Columns in = isFar ? far : near;
      Columns d = isFar ? gradientFar : gradientNear;
      Columns queries = Columns.all(allocate((long) ROWS * width), width);
      Columns values = Columns.all(allocate((long) ROWS * width), width);
      Tensor out = allocate((long) ROWS * width);
      Kernels.AttentionInputs inputs = new Kernels.AttentionInputs(in, in, in);
      kernels.attention(sequences, heads, inputs, saved, out);
      Kernels.AttentionPass pass = new Kernels.AttentionPass(inputs, saved);
      kernels.attentionBackward(
          sequences, heads, pass, dOut, new Kernels.AttentionInputs(queries, d, values));
      outs.add(out);
    }
    assertThat(KernelPairs.values(outs.get(1)))
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(KernelPairs.values(outs.get(0)));
    same(gradientFar, gradientNear.tensor(), width);
  }

  @Test
  void appendsToTheEndOfALongCache() {
    Tensor from = numbers(2 * 33, 1);
    int capacity = (int) (BORDER / 33) + 5;
    Tensor cache = allocate(capacity * 33L);
    int[] first = {capacity - 5};
    Sequences sequences = Sequences.continued(first, new int[1], 2, capacity);
    kernels.appendToCache(sequences, 33, Columns.all(from, 33), Columns.all(cache, 33));
    float[] found = new float[2 * 33];
    cache.read((capacity - 5) * 33L, found, 0, found.length);
    assertThat(found).isEqualTo(KernelPairs.values(from));
  }

  @Test
  void multipliesWithALongMatrix() {
    int inputs = 12_000;
    int outputs = (int) (BORDER / inputs) + 7;
    for (Linear.Layout layout : Linear.Layout.values()) {
      Tensor matrix = allocate((long) inputs * outputs);
      boolean inputsFirst = layout == Linear.Layout.INPUTS_FIRST;
      int columns = inputsFirst ? outputs : inputs;
      long last =
          (long) (inputs - 2) * (inputsFirst ? outputs : 1)
              + (long) (outputs - 1) * (inputsFirst ? 1 : inputs);
      matrix.write(last, new float[] {3}, 0, 1);
      matrix.write(columns + 5L, new float[] {2}, 0, 1);
      Tensor x = numbers(inputs, 1);
      Tensor y = allocate(outputs);
      Linear layer = new Linear(inputs, outputs, layout, new Parameter(matrix, null), null);
      kernels.linear(layer, 1, x, y);
      float[] in = KernelPairs.values(x);
      float[] found = KernelPairs.values(y);
      assertThat((double) found[outputs - 1]).isCloseTo(3.0 * in[inputs - 2], within(1e-5));
      int input = inputsFirst ? 1 : 5;
      int output = inputsFirst ? 5 : 1;
      assertThat((double) found[output]).isCloseTo(2.0 * in[input], within(1e-5));
      matrix.close();
    }
  }

  @Test
  void updatesAndSumsOverTheBorder() {
    Tensor[] all = new Tensor[4];
    Tensor[] small = new Tensor[4];
    for (int i = 0; i < 4; i++) {
      all[i] = allocate(BORDER + 40);
      // Second moments are never negative: they stay 0.
      small[i] = i == 3 ? allocate(60) : numbers(60, i);
      all[i].write(BORDER - 30, KernelPairs.values(small[i]), 0, 60);
    }
    kernels.adamW(update(all), AdamWUpdate.Range.of(BORDER - 30, 60, 0.1));
    kernels.adamW(update(small), AdamWUpdate.Range.of(0, 60, 0.1));
    float[] found = new float[60];
    all[0].read(BORDER - 30, found, 0, 60);
    assertThat(found)
        .usingComparatorWithPrecision(1e-6f)
        .containsExactly(KernelPairs.values(small[0]));
    double expected = kernels.sumOfSquares(small[1]);
    assertThat(kernels.sumOfSquares(all[1])).isCloseTo(expected, within(1e-5 * expected));
  }

  /** Rows of a matrix, and second moments, on both sides of the border, and each alone. */
  @Test
  void updatesMatricesAndCompactMomentsOverTheBorder() {
    MatrixRange near = new MatrixRange(0, 5, 3, 6);
    Tensor[] small = {numbers(30, 0), numbers(30, 1), numbers(30, 2)};
    Tensor[] all = new Tensor[3];
    for (int i = 0; i < 3; i++) {
      all[i] = allocate(BORDER + 40);
      all[i].write(BORDER - 13, KernelPairs.values(small[i]), 0, 30);
    }
    Tensor scratch = allocate(MuonUpdate.scratch(near));
    kernels.muon(
        new MuonUpdate(all[0], all[1], all[2], scratch, 0.5, 0.01, 0.9, 0.1),
        new MatrixRange(BORDER - 13, 5, 3, 6));
    kernels.muon(new MuonUpdate(small[0], small[1], small[2], scratch, 0.5, 0.01, 0.9, 0.1), near);
    AdamWUpdate.Range range = new AdamWUpdate.Range(BORDER - 13, 30, 3, 0.1);
    Tensor second = allocate(40);
    kernels.adamW(update(new Tensor[] {all[0], all[1], all[2], second}), range);
    Tensor expected = allocate(30);
    kernels.adamW(
        update(new Tensor[] {small[0], small[1], small[2], expected}),
        AdamWUpdate.Range.of(0, 30, 0.1));
    float[] found = new float[30];
    for (int i = 0; i < 3; i++) {
      all[i].read(BORDER - 13, found, 0, 30);
      assertThat(found).as("vector %d", i).containsExactly(KernelPairs.values(small[i]));
    }
    second.read(3, found, 0, 30);
    assertThat(found).containsExactly(KernelPairs.values(expected));
  }

  private static AdamWUpdate update(Tensor[] t) {
    return new AdamWUpdate(t[0], t[1], t[2], t[3], 0.5, 0.01, 0.9, 0.99, 1e-8, 2);
  }
}
