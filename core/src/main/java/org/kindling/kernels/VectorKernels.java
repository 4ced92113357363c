package org.kindling.kernels;

import java.nio.ByteBuffer;

/**
 * Kernels for one core of a CPU, on float32 outside the heap: products with parameters by {@link
 * MatrixProducts}, everything else with {@link Blas} and {@code jdk.incubator.vector}.
 */
final class VectorKernels implements Kernels {
  /** Logits held at a time: 4 MB, which stays in the cache between the product and its softmax. */
  private static final int LOGITS = 1 << 20;

  private static final int FEWEST_LOGIT_ROWS = 64;
  private static final int MOST_LOGIT_ROWS = 1024;

  private final MatrixProducts products;
  private final Kernels exact;
  private final Blas blas = Blas.best();
  private final VectorAttention attention = new VectorAttention(blas);
  private final float[] scratch = new float[Lanes.WIDTH];

  /** In float32. */
  VectorKernels() {
    products = new BlasProducts(blas);
    exact = this;
  }

  /**
   * @param products closed with these kernels
   */
  VectorKernels(MatrixProducts products) {
    this.products = products;
    exact = products.precision() == Precision.FP32 ? this : new VectorKernels();
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public Precision precision() {
    return products.precision();
  }

  @Override
  public Kernels exact() {
    return exact;
  }

  @Override
  public Tensor allocate(long elements) {
    return new CpuTensor(elements);
  }

  @Override
  public long tensorBytes(long elements) {
    return CpuTensor.bytesFor(elements);
  }

  @Override
  public long copiesBytes(long weights, long inputs, long outputs) {
    return products.copiesBytes(weights, inputs, outputs);
  }

  @Override
  public long mostLayerElements() {
    return CpuTensor.PAGE_ELEMENTS;
  }

  private static CpuTensor cpu(Tensor tensor) {
    return CpuTensor.of(tensor);
  }

  private static ByteBuffer buffer(Tensor tensor) {
    return cpu(tensor).buffer();
  }

  @Override
  public void embed(Embedding embedding, Sequences sequences, int[] ids, Tensor out) {
    blas.useOneThread();
    int width = embedding.width();
    ByteBuffer tokens = buffer(embedding.tokens().value());
    ByteBuffer positions = buffer(embedding.positions().value());
    ByteBuffer target = buffer(out);
    int rows = sequences.rows();
    int computed = sequences.computed();
    for (int row = 0; row < rows; row++) {
      int position = sequences.first() + row % computed;
      VectorRows.sum(
          tokens, ids[row] * width, positions, position * width, target, row * width, width);
    }
  }

  @Override
  public void embedBackward(Embedding embedding, Sequences sequences, int[] ids, Tensor dOut) {
    int width = embedding.width();
    ByteBuffer tokens = buffer(embedding.tokens().gradient());
    ByteBuffer positions = buffer(embedding.positions().gradient());
    ByteBuffer d = buffer(dOut);
    int rows = sequences.rows();
    int computed = sequences.computed();
    for (int row = 0; row < rows; row++) {
      int token = ids[row] * width;
      int position = (sequences.first() + row % computed) * width;
      VectorRows.sum(d, row * width, tokens, token, tokens, token, width);
      VectorRows.sum(d, row * width, positions, position, positions, position, width);
    }
  }

  @Override
  public void linear(Linear layer, int rows, Tensor x, Tensor y) {
    products.linear(layer, rows, cpu(x), cpu(y));
  }

  @Override
  public void linearBackward(Linear layer, int rows, Tensor x, Tensor dy, Tensor dx) {
    addRows(buffer(dy), rows, layer.outputs(), buffer(layer.bias().gradient()));
    products.linearBackward(layer, rows, cpu(x), cpu(dy), cpu(dx));
  }

  private static void addRows(ByteBuffer rows, int count, int width, ByteBuffer to) {
    int row = 0;
    for (; row + 4 <= count; row += 4) {
      VectorRows.addFourRows(rows, row * width, to, width);
    }
    for (; row < count; row++) {
      VectorRows.sum(rows, row * width, to, 0, to, 0, width);
    }
  }

  @Override
  public void normalize(LayerNorm norm, int rows, LayerNorm.Activations a) {
    ByteBuffer x = buffer(a.input());
    VectorRows.Norm operands = operands(norm);
    ByteBuffer y = buffer(a.output());
    ByteBuffer statistics = buffer(a.statistics());
    for (int row = 0; row < rows; row++) {
      normalizeRow(operands, x, y, statistics, row);
    }
  }

  @Override
  public void addAndNormalize(
      LayerNorm norm, int rows, Tensor x, Tensor addend, LayerNorm.Activations a) {
    ByteBuffer stream = buffer(x);
    ByteBuffer branch = buffer(addend);
    ByteBuffer sum = buffer(a.input());
    VectorRows.Norm operands = operands(norm);
    ByteBuffer y = buffer(a.output());
    ByteBuffer statistics = buffer(a.statistics());
    int width = norm.width();
    for (int row = 0; row < rows; row++) {
      int at = row * width;
      VectorRows.sum(stream, at, branch, at, sum, at, width);
      normalizeRow(operands, sum, y, statistics, row);
    }
  }

  private static VectorRows.Norm operands(LayerNorm norm) {
    return new VectorRows.Norm(
        buffer(norm.gain().value()), buffer(norm.bias().value()), norm.width());
  }

  private void normalizeRow(
      VectorRows.Norm norm, ByteBuffer x, ByteBuffer y, ByteBuffer statistics, int row) {
    int width = norm.width();
    int at = row * width;
    float mean = VectorRows.mean(x, at, width, scratch);
    float deviation = VectorRows.reciprocalDeviation(x, at, width, mean, scratch);
    Lanes.put(statistics, 2 * row, mean);
    Lanes.put(statistics, 2 * row + 1, deviation);
    VectorRows.normalizeRow(norm, x, y, at, mean, deviation, scratch);
  }

  @Override
  public void normalizeBackward(
      LayerNorm norm, int rows, LayerNorm.Activations a, Tensor dOutput, Tensor dInput) {
    int width = norm.width();
    ByteBuffer statistics = buffer(a.statistics());
    VectorRows.NormBackward operands =
        new VectorRows.NormBackward(
            buffer(norm.gain().value()),
            buffer(norm.gain().gradient()),
            buffer(norm.bias().gradient()),
            buffer(a.input()),
            buffer(dOutput),
            buffer(dInput),
            width);
    for (int row = 0; row < rows; row++) {
      float mean = Lanes.get(statistics, 2 * row);
      float deviation = Lanes.get(statistics, 2 * row + 1);
      VectorRows.normalizeRowBackward(operands, row * width, mean, deviation, scratch);
    }
  }

  @Override
  public void gelu(long elements, Tensor x, Tensor y) {
    ByteBuffer source = buffer(x);
    ByteBuffer target = buffer(y);
    int n = Math.toIntExact(elements);
    for (int at = 0; at < n; at += VectorElements.PIECE) {
      VectorElements.gelu(source, target, at, Math.min(VectorElements.PIECE, n - at), scratch);
    }
  }

  @Override
  public void geluBackward(long elements, Tensor derivative, Tensor d) {
    ByteBuffer factor = buffer(derivative);
    ByteBuffer target = buffer(d);
    int n = Math.toIntExact(elements);
    for (int at = 0; at < n; at += VectorElements.PIECE) {
      VectorElements.multiply(factor, target, at, Math.min(VectorElements.PIECE, n - at));
    }
  }

  @Override
  public long attentionMemory(Sequences sequences, Heads heads) {
    return VectorAttention.memory(sequences, heads);
  }

  @Override
  public void attention(Sequences sequences, Heads heads, Tensor qkv, Tensor saved, Tensor out) {
    attention.forward(sequences, heads, cpu(qkv), cpu(saved), cpu(out));
  }

  @Override
  public void attentionBackward(
      Sequences sequences, Heads heads, AttentionTensors forward, Tensor dOut, Tensor dQkv) {
    VectorAttention.Backward tensors =
        new VectorAttention.Backward(
            cpu(forward.qkv()), cpu(forward.saved()), cpu(dOut), cpu(dQkv));
    attention.backward(sequences, heads, tensors);
  }

  private static int logitStride(int vocabulary) {
    return (vocabulary + Lanes.WIDTH - 1) / Lanes.WIDTH * Lanes.WIDTH;
  }

  private static int logitRows(int vocabulary) {
    int rows = LOGITS / logitStride(vocabulary);
    return Math.max(FEWEST_LOGIT_ROWS, Math.min(MOST_LOGIT_ROWS, rows));
  }

  @Override
  public long unembeddingScratch(int vocabulary) {
    return (long) logitRows(vocabulary) * logitStride(vocabulary);
  }

  @Override
  public void logits(Unembedding u, int rows, Tensor x, Tensor logits) {
    MatrixProducts.Logits target = new MatrixProducts.Logits(cpu(logits), u.vocabulary());
    products.logits(u, MatrixProducts.Rows.first(rows), cpu(x), target);
  }

  @Override
  public double crossEntropy(Unembedding u, int rows, Tensor x, int[] targets) {
    int vocabulary = u.vocabulary();
    int stride = logitStride(vocabulary);
    int chunk = logitRows(vocabulary);
    ByteBuffer scores = buffer(u.scratch());
    MatrixProducts.Logits logits = new MatrixProducts.Logits(cpu(u.scratch()), stride);
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      int count = Math.min(chunk, rows - first);
      products.logits(u, new MatrixProducts.Rows(first, count), cpu(x), logits);
      for (int row = 0; row < count; row++) {
        int target = targets[first + row];
        loss += VectorSoftmax.crossEntropyRow(scores, row * stride, vocabulary, target, scratch);
      }
    }
    return loss;
  }

  @Override
  public double crossEntropyBackward(
      Unembedding u, int rows, Tensor x, Targets targets, Tensor dx) {
    int vocabulary = u.vocabulary();
    int stride = logitStride(vocabulary);
    int chunk = logitRows(vocabulary);
    float factor = targets.factor();
    ByteBuffer scores = buffer(u.scratch());
    MatrixProducts.Logits logits = new MatrixProducts.Logits(cpu(u.scratch()), stride);
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      MatrixProducts.Rows part = new MatrixProducts.Rows(first, Math.min(chunk, rows - first));
      products.logits(u, part, cpu(x), logits);
      for (int row = 0; row < part.count(); row++) {
        int target = targets.ids()[first + row];
        loss +=
            VectorSoftmax.crossEntropyRowBackward(
                scores, row * stride, vocabulary, target, factor, scratch);
      }
      products.logitsBackward(u, part, cpu(x), logits, cpu(dx));
    }
    return loss;
  }

  @Override
  public double sumOfSquares(Tensor tensor) {
    CpuTensor all = cpu(tensor);
    double sum = 0;
    for (int page = 0; page < all.pages(); page++) {
      ByteBuffer buffer = all.page(page);
      int n = buffer.capacity() / Float.BYTES;
      for (int at = 0; at < n; at += VectorElements.PIECE) {
        int piece = Math.min(VectorElements.PIECE, n - at);
        sum += VectorElements.sumOfSquares(buffer, at, piece, scratch);
      }
    }
    return sum;
  }

  @Override
  public void adamW(AdamWUpdate update, long from, long length, double decay) {
    VectorElements.Rates rates = VectorElements.Rates.of(update, decay);
    long to = from + length;
    long start = from;
    while (start < to) {
      int page = (int) (start / CpuTensor.PAGE_ELEMENTS);
      long pageStart = page * CpuTensor.PAGE_ELEMENTS;
      long end = Math.min(to, pageStart + CpuTensor.PAGE_ELEMENTS);
      adamWPage(update, rates, page, (int) (start - pageStart), (int) (end - pageStart));
      start = end;
    }
    cpu(update.parameters()).changed();
  }

  private void adamWPage(AdamWUpdate u, VectorElements.Rates rates, int page, int from, int to) {
    VectorElements.AdamWBuffers buffers =
        new VectorElements.AdamWBuffers(
            cpu(u.parameters()).page(page),
            cpu(u.gradients()).page(page),
            cpu(u.firstMoment()).page(page),
            cpu(u.secondMoment()).page(page));
    for (int at = from; at < to; at += VectorElements.PIECE) {
      VectorElements.adamW(buffers, rates, at, Math.min(VectorElements.PIECE, to - at), scratch);
    }
  }

  @Override
  public void close() {
    products.close();
    if (exact != this) {
      exact.close();
    }
  }
}
