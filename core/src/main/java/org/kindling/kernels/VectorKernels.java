package org.kindling.kernels;

import java.nio.ByteBuffer;

/**
 * Kernels for one core of a CPU, on float32 outside the heap: products with parameters by {@link
 * MatrixProducts}, everything else with {@link Blas} and {@code jdk.incubator.vector}.
 */
final class VectorKernels implements Kernels {
  private final MatrixProducts products;
  private final Kernels fp32;
  private final Blas blas = Blas.best();
  private final Attention attention;
  private final VectorNorm norms = new VectorNorm();
  private final VectorActivation activations = new VectorActivation();
  private final VectorHead head;
  private final VectorMuon muon;
  private final float[] scratch = new float[Lanes.WIDTH];

  /** In float32. */
  VectorKernels() {
    products = new BlasProducts(blas);
    fp32 = this;
    attention = new VectorAttention(blas);
    head = new VectorHead(products);
    muon = new VectorMuon(new BlasPolynomial(blas));
  }

  /**
   * @param products closed with these kernels
   */
  VectorKernels(MatrixProducts products) {
    this.products = products;
    boolean exact = products.precision() == Precision.FP32;
    fp32 = exact ? this : new VectorKernels();
    attention = exact ? new VectorAttention(blas) : new Bf16Attention(blas);
    head = new VectorHead(products);
    muon = new VectorMuon(exact ? new BlasPolynomial(blas) : new Bf16Polynomial());
  }

  @Override
  public String name() {
    return VectorProvider.NAME;
  }

  @Override
  public Arithmetic arithmetic() {
    return Arithmetic.ofVector(precision());
  }

  @Override
  public Precision precision() {
    return products.precision();
  }

  @Override
  public Kernels fp32() {
    return fp32;
  }

  @Override
  public Kernels forGeneration() {
    return blas instanceof OneDnnBlas ? new VectorKernels(new PackedProducts()) : fp32;
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

  private static CpuTensor cpu(Tensor tensor) {
    return CpuTensor.of(tensor);
  }

  @Override
  public void embed(Embedding embedding, Sequences sequences, int[] ids, Tensor out) {
    blas.useOneThread();
    int width = embedding.width();
    CpuTensor tokens = cpu(embedding.tokens().value());
    CpuTensor target = cpu(out);
    CpuTensor positions = embedding.positions() == null ? null : cpu(embedding.positions().value());
    int rows = sequences.rows();
    for (int row = 0; row < rows; row++) {
      long token = (long) ids[row] * width;
      long at = (long) row * width;
      ByteBuffer from = tokens.window(token);
      ByteBuffer to = target.window(at);
      if (positions == null) {
        VectorRows.copy(from, CpuTensor.within(token), to, CpuTensor.within(at), width);
      } else {
        long position = (long) sequences.position(row) * width;
        VectorRows.sum(
            from,
            CpuTensor.within(token),
            positions.window(position),
            CpuTensor.within(position),
            to,
            CpuTensor.within(at),
            width);
      }
    }
  }

  @Override
  public void embedBackward(Embedding embedding, Sequences sequences, int[] ids, Tensor dOut) {
    int width = embedding.width();
    CpuTensor tokens = cpu(embedding.tokens().gradient());
    Parameter table = embedding.positions();
    boolean learned = table != null && table.gradient() != null;
    CpuTensor positions = learned ? cpu(table.gradient()) : null;
    CpuTensor d = cpu(dOut);
    int rows = sequences.rows();
    for (int row = 0; row < rows; row++) {
      long at = (long) row * width;
      addRow(d, at, tokens, (long) ids[row] * width, width);
      if (learned) {
        addRow(d, at, positions, (long) sequences.position(row) * width, width);
      }
    }
  }

  private static void addRow(CpuTensor from, long source, CpuTensor to, long target, int width) {
    ByteBuffer sum = to.window(target);
    int at = CpuTensor.within(target);
    ByteBuffer row = from.window(source);
    VectorRows.sum(row, CpuTensor.within(source), sum, at, sum, at, width);
  }

  @Override
  public void linear(Linear layer, int rows, Tensor x, Tensor y) {
    products.linear(layer, rows, cpu(x), cpu(y));
  }

  @Override
  public void linearBackward(Linear layer, int rows, Tensor x, Tensor dy, Tensor dx) {
    if (layer.bias() != null) {
      addRows(cpu(dy), rows, layer.outputs(), cpu(layer.bias().gradient()).buffer());
    }
    products.linearBackward(layer, rows, cpu(x), cpu(dy), cpu(dx));
  }

  private static void addRows(CpuTensor rows, int count, int width, ByteBuffer to) {
    int row = 0;
    for (; row + 4 <= count; row += 4) {
      long at = (long) row * width;
      VectorRows.addFourRows(rows.window(at), CpuTensor.within(at), to, width);
    }
    for (; row < count; row++) {
      long at = (long) row * width;
      VectorRows.sum(rows.window(at), CpuTensor.within(at), to, 0, to, 0, width);
    }
  }

  @Override
  public void normalize(Norm norm, int rows, Norm.Activations a) {
    norms.normalize(norm, rows, a);
  }

  @Override
  public void addAndNormalize(Norm norm, int rows, Tensor x, Tensor addend, Norm.Activations a) {
    norms.addAndNormalize(norm, rows, x, addend, a);
  }

  @Override
  public void normalizeBackward(
      Norm norm, int rows, Norm.Activations a, Tensor dOutput, Tensor dInput) {
    norms.backward(norm, rows, a, dOutput, dInput);
  }

  @Override
  public void normalizeHeads(Norm norm, HeadSpan span, Columns x, Columns y, Tensor statistics) {
    norms.normalizeHeads(norm, span, x, y, statistics);
  }

  @Override
  public void normalizeHeadsBackward(
      Norm norm, HeadSpan span, Columns x, Tensor statistics, Columns d) {
    norms.normalizeHeadsBackward(norm, span, x, statistics, d);
  }

  @Override
  public void rotate(Rotation rotation, Sequences sequences, int heads, Columns x) {
    VectorRotation.rotate(rotation, sequences, heads, x, 1f);
  }

  @Override
  public void rotateBackward(Rotation rotation, Sequences sequences, int heads, Columns d) {
    VectorRotation.rotate(rotation, sequences, heads, d, -1f);
  }

  @Override
  public void appendToCache(Sequences sequences, int width, Columns from, Columns to) {
    int rows = sequences.rows();
    int computed = sequences.computed();
    CpuTensor source = cpu(from.tensor());
    CpuTensor target = cpu(to.tensor());
    for (int row = 0; row < rows; row++) {
      int sequence = row / computed;
      int position = sequences.first(sequence) + row % computed;
      long slot = (long) sequences.slot(sequence) * sequences.capacity() + position;
      long at = (long) row * from.stride() + from.from();
      long place = slot * to.stride() + to.from();
      VectorRows.copy(
          source.window(at),
          CpuTensor.within(at),
          target.window(place),
          CpuTensor.within(place),
          width);
    }
  }

  @Override
  public void activate(Activation activation, int rows, int width, Tensor x, Tensor y) {
    activations.forward(activation, rows, width, x, y);
  }

  @Override
  public void activateBackward(Activation activation, int rows, int width, Tensor x, Tensor dy) {
    activations.backward(activation, rows, width, x, dy);
  }

  @Override
  public long attentionMemory(Sequences sequences, Heads heads) {
    return attention.memory(sequences, heads);
  }

  @Override
  public void attention(
      Sequences sequences, Heads heads, AttentionInputs in, Tensor saved, Tensor out) {
    long elements = attention.memory(sequences, heads);
    if (saved.size() < elements) {
      throw new IllegalArgumentException(
          "attention: expected " + elements + " saved elements, found " + saved.size());
    }
    attention.forward(sequences, heads, in, cpu(saved), out);
  }

  @Override
  public void attentionBackward(
      Sequences sequences, Heads heads, AttentionPass forward, Tensor dOut, AttentionInputs d) {
    attention.backward(sequences, heads, forward, dOut, d);
  }

  @Override
  public long headScratch(int vocabulary) {
    return VectorHead.scratch(vocabulary);
  }

  @Override
  public void logits(OutputHead outputs, int rows, Tensor x, Tensor logits) {
    head.logits(outputs, rows, cpu(x), cpu(logits));
  }

  @Override
  public double crossEntropy(OutputHead outputs, int rows, Tensor x, Targets targets) {
    return head.loss(outputs, rows, cpu(x), targets);
  }

  @Override
  public double crossEntropyBackward(
      OutputHead outputs, int rows, Tensor x, Targets targets, float factor, Tensor dx) {
    return head.lossBackward(outputs, rows, cpu(x), targets, factor, cpu(dx));
  }

  @Override
  public double sumOfSquares(Tensor tensor) {
    CpuTensor all = cpu(tensor);
    double sum = 0;
    for (long from = 0; from < all.size(); from += VectorElements.PIECE) {
      int piece = (int) Math.min(VectorElements.PIECE, all.size() - from);
      sum += VectorElements.sumOfSquares(all.window(from), CpuTensor.within(from), piece, scratch);
    }
    return sum;
  }

  @Override
  public void adamW(AdamWUpdate update, AdamWUpdate.Range range) {
    VectorElements.Rates rates = VectorElements.Rates.of(update, range.decay());
    long done = 0;
    while (done < range.length()) {
      long from = range.from() + done;
      long border = (from / CpuTensor.STRIDE_ELEMENTS + 1) * CpuTensor.STRIDE_ELEMENTS;
      int length = (int) Math.min(range.length() - done, border - from);
      adamWWindow(update, rates, from, range.second() + done, length);
      done += length;
    }
    cpu(update.parameters()).changed();
  }

  private void adamWWindow(
      AdamWUpdate u, VectorElements.Rates rates, long from, long second, int length) {
    VectorElements.AdamWBuffers buffers =
        new VectorElements.AdamWBuffers(
            cpu(u.parameters()).window(from),
            cpu(u.gradients()).window(from),
            cpu(u.firstMoment()).window(from),
            cpu(u.secondMoment()).window(second),
            CpuTensor.within(second) - CpuTensor.within(from));
    int start = CpuTensor.within(from);
    int end = start + length;
    for (int at = start; at < end; at += VectorElements.PIECE) {
      VectorElements.adamW(buffers, rates, at, Math.min(VectorElements.PIECE, end - at), scratch);
    }
  }

  @Override
  public void muon(MuonUpdate update, MatrixRange matrix) {
    muon.step(update, matrix);
  }

  @Override
  public void close() {
    products.close();
    attention.close();
    muon.close();
    if (fp32 != this) {
      fp32.close();
    }
  }
}
