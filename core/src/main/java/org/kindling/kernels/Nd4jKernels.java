package org.kindling.kernels;

import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Kernels of ND4J operations only, for whatever backend is on the class path, CUDA included. Slower
 * than {@link VectorKernels} on a CPU: an operation costs 8 to 40 µs before it computes anything,
 * and nothing is fused. Temporaries live in a workspace that every call reuses.
 */
// A workspace's scope is entered and left, never named: -Xlint:try knows no such use.
@SuppressWarnings("try")
final class Nd4jKernels implements Kernels {
  /** Logits held at a time: 16 MB. */
  private static final int LOGITS = 1 << 22;

  private static final int MOST_LOGIT_ROWS = 4096;

  /** Elements that are turned into doubles at a time. */
  private static final long SUM_PIECE = 1 << 20;

  private final Nd4jWorkspaces workspaces = new Nd4jWorkspaces();
  private final DataType type;

  Nd4jKernels() {
    this(DataType.FLOAT);
  }

  /**
   * @param type of all elements, FLOAT or DOUBLE
   */
  Nd4jKernels(DataType type) {
    this.type = type;
  }

  private MemoryWorkspace scope() {
    return workspaces.scope();
  }

  @Override
  public String name() {
    return Nd4jProvider.NAME;
  }

  @Override
  public Arithmetic arithmetic() {
    return Arithmetic.ofNd4j(this);
  }

  @Override
  public Tensor allocate(long elements) {
    return new Nd4jTensor(elements, type);
  }

  @Override
  public long tensorBytes(long elements) {
    return Math.multiplyExact(elements, (long) type.width());
  }

  @Override
  public long availableBytes() {
    return KernelChoice.hasCuda()
        ? NativeOpsHolder.getInstance().getDeviceNativeOps().getDeviceFreeMemoryDefault()
        : Kernels.super.availableBytes();
  }

  private static Nd4jTensor own(Tensor tensor) {
    if (tensor instanceof Nd4jTensor own) {
      return own;
    }
    throw new IllegalArgumentException(
        "nd4j kernels: expected a tensor of their own, found "
            + tensor.getClass().getSimpleName()
            + "; allocate it with the same kernels");
  }

  private static INDArray matrix(Tensor tensor, long rows, long columns) {
    return own(tensor).view(0, rows, columns);
  }

  private static INDArray vector(Tensor tensor, long n) {
    return own(tensor).view(0, n);
  }

  private static INDArray table(Parameter parameter, Tensor values, int width) {
    return matrix(values, parameter.value().size() / width, width);
  }

  @Override
  public void embed(Embedding embedding, Sequences s, int[] ids, Tensor out) {
    try (MemoryWorkspace scope = scope()) {
      int width = embedding.width();
      Parameter tokens = embedding.tokens();
      INDArray indices = Nd4jOperations.indices(ids, 0, s.rows());
      INDArray target = matrix(out, s.rows(), width);
      target.assign(Nd4jOperations.rows(table(tokens, tokens.value(), width), indices));
      Parameter positions = embedding.positions();
      if (positions != null) {
        INDArray places = Nd4jOperations.indices(positions(s), 0, s.rows());
        target.addi(Nd4jOperations.rows(table(positions, positions.value(), width), places));
      }
    }
  }

  private static int[] positions(Sequences s) {
    int[] positions = new int[s.rows()];
    Arrays.setAll(positions, s::position);
    return positions;
  }

  @Override
  public void embedBackward(Embedding embedding, Sequences s, int[] ids, Tensor dOut) {
    addToRows(embedding.tokens(), embedding.width(), ids, dOut, s.rows());
    Parameter positions = embedding.positions();
    if (positions != null && positions.gradient() != null) {
      addToRows(positions, embedding.width(), positions(s), dOut, s.rows());
    }
  }

  /** A product with one-hot rows adds in a fixed order; scattered additions on a GPU do not. */
  private void addToRows(Parameter table, int width, int[] ids, Tensor dOut, int rows) {
    try (MemoryWorkspace scope = scope()) {
      int entries = Math.toIntExact(table.value().size() / width);
      INDArray gradient = table(table, table.gradient(), width);
      int chunk = logitRows(entries);
      for (int first = 0; first < rows; first += chunk) {
        int count = Math.min(chunk, rows - first);
        INDArray indices = Nd4jOperations.indices(ids, first, count);
        INDArray hot = Nd4jOperations.oneHot(indices, entries, type);
        INDArray d = own(dOut).view((long) first * width, count, width);
        gradient.addi(product(hot.transpose(), d));
      }
    }
  }

  static INDArray product(INDArray left, INDArray right) {
    INDArray result = Nd4j.create(left.dataType(), left.size(0), right.size(1));
    Nd4jOperations.product(left, right, result);
    return result;
  }

  /** [inputs, outputs], as a view whatever the layout. */
  private static INDArray weight(Linear layer, Tensor values) {
    return layer.layout() == Linear.Layout.INPUTS_FIRST
        ? matrix(values, layer.inputs(), layer.outputs())
        : matrix(values, layer.outputs(), layer.inputs()).transpose();
  }

  @Override
  public void linear(Linear layer, int rows, Tensor x, Tensor y) {
    try (MemoryWorkspace scope = scope()) {
      INDArray result = matrix(y, rows, layer.outputs());
      INDArray weight = weight(layer, layer.weight().value());
      Nd4jOperations.product(matrix(x, rows, layer.inputs()), weight, result);
      if (layer.bias() != null) {
        result.addiRowVector(vector(layer.bias().value(), layer.outputs()));
      }
    }
  }

  @Override
  public void linearBackward(Linear layer, int rows, Tensor x, Tensor dy, Tensor dx) {
    try (MemoryWorkspace scope = scope()) {
      int inputs = layer.inputs();
      int outputs = layer.outputs();
      INDArray d = matrix(dy, rows, outputs);
      if (layer.bias() != null) {
        vector(layer.bias().gradient(), outputs).addi(d.sum(0));
      }
      INDArray input = matrix(x, rows, inputs);
      boolean inputsFirst = layer.layout() == Linear.Layout.INPUTS_FIRST;
      INDArray weightGradient =
          inputsFirst ? product(input.transpose(), d) : product(d.transpose(), input);
      Tensor gradient = layer.weight().gradient();
      matrix(gradient, inputsFirst ? inputs : outputs, inputsFirst ? outputs : inputs)
          .addi(weightGradient);
      INDArray weight = weight(layer, layer.weight().value());
      Nd4jOperations.product(d, weight.transpose(), matrix(dx, rows, inputs));
    }
  }

  @Override
  public void normalize(Norm norm, int rows, Norm.Activations a) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jNorm.forward(
          norm, rows, new Nd4jNorm.Operands(own(a.input()), own(a.output()), own(a.statistics())));
    }
  }

  @Override
  public void addAndNormalize(Norm norm, int rows, Tensor x, Tensor addend, Norm.Activations a) {
    try (MemoryWorkspace scope = scope()) {
      INDArray sum = matrix(x, rows, norm.width()).add(matrix(addend, rows, norm.width()));
      matrix(a.input(), rows, norm.width()).assign(sum);
    }
    normalize(norm, rows, a);
  }

  @Override
  public void normalizeBackward(
      Norm norm, int rows, Norm.Activations a, Tensor dOutput, Tensor dInput) {
    try (MemoryWorkspace scope = scope()) {
      INDArray x = matrix(a.input(), rows, norm.width());
      INDArray dy = matrix(dOutput, rows, norm.width());
      INDArray d = Nd4jNorm.backward(norm, x, own(a.statistics()), dy);
      matrix(dInput, rows, norm.width()).addi(d);
    }
  }

  /** [rows, heads, width] of some columns, as a strided view. */
  private static INDArray heads(Columns columns, HeadSpan span, int width) {
    return own(columns.tensor())
        .view(
            columns.from(),
            new long[] {span.rows(), span.heads(), width},
            new long[] {columns.stride(), width, 1});
  }

  @Override
  public void normalizeHeads(Norm norm, HeadSpan span, Columns x, Columns y, Tensor statistics) {
    try (MemoryWorkspace scope = scope()) {
      int width = norm.width();
      long rows = (long) span.rows() * span.heads();
      INDArray in = heads(x, span, width).dup('c').reshape('c', rows, width);
      INDArray out = Nd4jNorm.forward(norm, in, own(statistics));
      heads(y, span, width).assign(out.reshape('c', span.rows(), span.heads(), width));
    }
  }

  @Override
  public void normalizeHeadsBackward(
      Norm norm, HeadSpan span, Columns x, Tensor statistics, Columns d) {
    try (MemoryWorkspace scope = scope()) {
      int width = norm.width();
      long rows = (long) span.rows() * span.heads();
      INDArray in = heads(x, span, width).dup('c').reshape('c', rows, width);
      INDArray dy = heads(d, span, width).dup('c').reshape('c', rows, width);
      INDArray dx = Nd4jNorm.backward(norm, in, own(statistics), dy);
      heads(d, span, width).assign(dx.reshape('c', span.rows(), span.heads(), width));
    }
  }

  @Override
  public void rotate(Rotation rotation, Sequences sequences, int heads, Columns x) {
    rotate(rotation, sequences, heads, x, 1);
  }

  @Override
  public void rotateBackward(Rotation rotation, Sequences sequences, int heads, Columns d) {
    rotate(rotation, sequences, heads, d, -1);
  }

  private void rotate(Rotation rotation, Sequences s, int heads, Columns x, int sign) {
    try (MemoryWorkspace scope = scope()) {
      int half = rotation.half();
      INDArray places = Nd4jOperations.indices(positions(s), 0, s.rows());
      INDArray cosine = angles(rotation.cosines(), half, places);
      INDArray sine = angles(rotation.sines(), half, places).mul(sign);
      long[] shape = {s.rows(), heads, half};
      long[] strides = {x.stride(), 2L * half, 1};
      INDArray first = own(x.tensor()).view(x.from(), shape, strides);
      INDArray second = own(x.tensor()).view(x.from() + half, shape, strides);
      INDArray a = first.dup('c');
      INDArray b = second.dup('c');
      first.assign(a.mul(cosine).subi(b.mul(sine)));
      second.assign(b.mul(cosine).addi(a.mul(sine)));
    }
  }

  private static INDArray angles(Tensor table, int half, INDArray places) {
    INDArray all = matrix(table, table.size() / half, half);
    return Nd4jOperations.rows(all, places).reshape('c', places.length(), 1, half);
  }

  @Override
  public void appendToCache(Sequences s, int width, Columns from, Columns to) {
    long[] shape = {s.computed(), width};
    for (int sequence = 0; sequence < s.count(); sequence++) {
      long source = (long) sequence * s.computed() * from.stride() + from.from();
      long row = (long) s.slot(sequence) * s.capacity() + s.first(sequence);
      INDArray rows = own(from.tensor()).view(source, shape, new long[] {from.stride(), 1});
      own(to.tensor())
          .view(row * to.stride() + to.from(), shape, new long[] {to.stride(), 1})
          .assign(rows);
    }
  }

  @Override
  public void activate(Activation activation, int rows, int width, Tensor x, Tensor y) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jActivation.forward(activation, rows, width, own(x), matrix(y, rows, width));
    }
  }

  @Override
  public void activateBackward(Activation activation, int rows, int width, Tensor x, Tensor dy) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jActivation.backward(activation, rows, width, own(x), matrix(dy, rows, width));
    }
  }

  @Override
  public long attentionMemory(Sequences sequences, Heads heads) {
    return Nd4jAttention.memory(sequences, heads);
  }

  @Override
  public void attention(
      Sequences sequences, Heads heads, AttentionInputs in, Tensor saved, Tensor out) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jAttention.forward(sequences, heads, in, own(saved), own(out));
    }
  }

  @Override
  public void attentionBackward(
      Sequences sequences, Heads heads, AttentionPass forward, Tensor dOut, AttentionInputs d) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jAttention.backward(sequences, heads, forward, own(dOut), d);
    }
  }

  private static int logitRows(int vocabulary) {
    return Math.max(1, Math.min(MOST_LOGIT_ROWS, LOGITS / vocabulary));
  }

  @Override
  public long headScratch(int vocabulary) {
    return (long) logitRows(vocabulary) * vocabulary;
  }

  @Override
  public void logits(OutputHead head, int rows, Tensor x, Tensor logits) {
    try (MemoryWorkspace scope = scope()) {
      INDArray input = own(x).view(0, rows, head.width());
      Nd4jHead.logits(head, input, matrix(logits, rows, head.vocabulary()));
    }
  }

  @Override
  public double crossEntropy(OutputHead head, int rows, Tensor x, Targets targets) {
    int chunk = logitRows(head.vocabulary());
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      try (MemoryWorkspace scope = scope()) {
        Nd4jHead.Chunk part = new Nd4jHead.Chunk(first, Math.min(chunk, rows - first));
        loss += Nd4jHead.loss(head, part, own(x), targets);
      }
    }
    return loss;
  }

  @Override
  public double crossEntropyBackward(
      OutputHead head, int rows, Tensor x, Targets targets, float factor, Tensor dx) {
    int chunk = logitRows(head.vocabulary());
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      try (MemoryWorkspace scope = scope()) {
        Nd4jHead.Chunk part = new Nd4jHead.Chunk(first, Math.min(chunk, rows - first));
        loss += Nd4jHead.lossBackward(head, part, own(x), targets, factor, own(dx));
      }
    }
    return loss;
  }

  @Override
  public double sumOfSquares(Tensor tensor) {
    double sum = 0;
    for (long from = 0; from < tensor.size(); from += SUM_PIECE) {
      try (MemoryWorkspace scope = scope()) {
        long length = Math.min(SUM_PIECE, tensor.size() - from);
        INDArray piece = own(tensor).view(from, length).castTo(DataType.DOUBLE);
        sum += piece.muli(piece).sumNumber().doubleValue();
      }
    }
    return sum;
  }

  @Override
  public void adamW(AdamWUpdate u, AdamWUpdate.Range range) {
    try (MemoryWorkspace scope = scope()) {
      long length = range.length();
      INDArray g = own(u.gradients()).view(range.from(), length).mul(u.gradientScale());
      INDArray m = own(u.firstMoment()).view(range.from(), length);
      INDArray v = own(u.secondMoment()).view(range.second(), length);
      INDArray p = own(u.parameters()).view(range.from(), length);
      m.muli(u.beta1()).addi(g.mul(1 - u.beta1()));
      v.muli(u.beta2()).addi(g.muli(g).muli(1 - u.beta2()));
      INDArray root = Transforms.sqrt(v.div(u.correction2()), false).addi(u.epsilon());
      p.muli(1 - u.learningRate() * range.decay());
      p.subi(m.mul(u.learningRate() / u.correction1()).divi(root));
    }
  }

  @Override
  public void muon(MuonUpdate update, MatrixRange matrix) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jMuon.step(update, matrix);
    }
  }

  @Override
  public void close() {
    workspaces.close();
  }
}
