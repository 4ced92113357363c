package org.kindling.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Activation;
import org.kindling.kernels.AdamWUpdate;
import org.kindling.kernels.Arena;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Columns;
import org.kindling.kernels.CudaDriver;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.Heads;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Linear;
import org.kindling.kernels.MatrixRange;
import org.kindling.kernels.MuonUpdate;
import org.kindling.kernels.Norm;
import org.kindling.kernels.OutputHead;
import org.kindling.kernels.Precision;
import org.kindling.kernels.Rotation;
import org.kindling.kernels.Sequences;
import org.kindling.kernels.Tensor;

/**
 * Kernels of libtorch's operations, forward and backward by hand: no autograd, so gradients of
 * parameters are added where they belong. A scope a call frees what the call made.
 */
public final class TorchKernels implements Kernels {
  private final TorchDevice device;
  private final ScalarType type;
  private final TorchProducts products;
  private final TorchHead head;
  private final TorchElements elements;
  private final TorchAttention.Setting attention;
  private final TorchPositions positions;
  private final TorchKernels fp32;

  /**
   * @param type of all tensors: Float or Double
   * @param precision of the factors of products, and in bf16 of activations
   */
  TorchKernels(TorchDevice device, ScalarType type, Precision precision) {
    this.device = device;
    this.type = type;
    products = new TorchProducts(precision);
    head = new TorchHead(device, products);
    elements = new TorchElements(device);
    boolean flash =
        device.isGpu() && Cards.haveFlashAttention(CudaDriver.ofThisProcess(), device.address());
    attention = new TorchAttention.Setting(device, precision, flash);
    positions = new TorchPositions(device);
    fp32 = precision == Precision.FP32 ? this : new TorchKernels(device, type, Precision.FP32);
  }

  @Override
  public String name() {
    return TorchProvider.NAME;
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
  public boolean onGpu() {
    return device.isGpu();
  }

  @Override
  public long availableBytes() {
    return device.isGpu() ? device.availableBytes() : Kernels.super.availableBytes();
  }

  @Override
  public Arithmetic arithmetic() {
    return device.arithmetic(precision());
  }

  @Override
  public Tensor allocate(long elements) {
    return new TorchTensor(device, zeros(elements));
  }

  @Override
  public Tensor allocate(Arena.Role role, long elements) {
    boolean activations = role == Arena.Role.ACTIVATION || role == Arena.Role.SHARED;
    return activations && precision() == Precision.BF16
        ? TorchTensor.ofActivations(device, zeros(elements))
        : allocate(elements);
  }

  /** No scope: the tensor outlives the call. */
  private org.bytedeco.pytorch.Tensor zeros(long elements) {
    device.use();
    try (TensorOptions options = device.options(type)) {
      return torch.zeros(new long[] {elements}, options);
    }
  }

  @Override
  public long tensorBytes(long elements) {
    int bytes = type == ScalarType.Double ? Double.BYTES : Float.BYTES;
    return Math.multiplyExact(elements, bytes);
  }

  /**
   * What operations make on their way: of lm_head logarithms of probabilities and a capped copy, of
   * the largest layer its factors, in bf16 rounded, and the product before it is added. Every
   * weight counts as if it was the largest, which is more than is taken.
   */
  @Override
  public long copiesBytes(long weights, long inputs, long outputs) {
    long way = Math.addExact(tensorBytes(2 * outputs), tensorBytes(inputs));
    long rounded = precision() == Precision.BF16 ? 2 * (inputs + outputs) + 4 * weights : 0;
    return Math.addExact(way, rounded);
  }

  private org.bytedeco.pytorch.Tensor ids(int[] ids, int rows) {
    return TorchTensor.ids(ids, 0, rows, device.place());
  }

  private static org.bytedeco.pytorch.Tensor table(Tensor tensor, int width) {
    return TorchTensor.of(tensor).matrix(0, tensor.size() / width, width);
  }

  /** Of activations, as these kernels see them; of parameters as they are. */
  private org.bytedeco.pytorch.Tensor matrix(Tensor tensor, long rows, long columns) {
    return TorchTensor.of(tensor, precision()).matrix(0, rows, columns);
  }

  @Override
  public void embed(Embedding embedding, Sequences sequences, int[] ids, Tensor out) {
    try (PointerScope scope = device.enter()) {
      int width = embedding.width();
      org.bytedeco.pytorch.Tensor at = positions.renewed(sequences);
      org.bytedeco.pytorch.Tensor target = matrix(out, sequences.rows(), width);
      target.copy_(
          table(embedding.tokens().value(), width).index_select(0, ids(ids, sequences.rows())));
      if (embedding.positions() != null) {
        target.add_(table(embedding.positions().value(), width).index_select(0, at));
      }
    }
  }

  @Override
  public void embedBackward(Embedding embedding, Sequences sequences, int[] ids, Tensor dOut) {
    try (PointerScope scope = device.enter()) {
      int width = embedding.width();
      org.bytedeco.pytorch.Tensor d = matrix(dOut, sequences.rows(), width);
      table(embedding.tokens().gradient(), width).index_add_(0, ids(ids, sequences.rows()), d);
      if (embedding.positions() != null && embedding.positions().gradient() != null) {
        table(embedding.positions().gradient(), width).index_add_(0, positions.of(sequences), d);
      }
    }
  }

  /** [inputs, outputs], whatever the layout. */
  private org.bytedeco.pytorch.Tensor weight(Linear layer, Tensor tensor) {
    return layer.layout() == Linear.Layout.INPUTS_FIRST
        ? matrix(tensor, layer.inputs(), layer.outputs())
        : matrix(tensor, layer.outputs(), layer.inputs()).t();
  }

  /** In this type: the sums of many rounded numbers are not. */
  private org.bytedeco.pytorch.Tensor columnSums(org.bytedeco.pytorch.Tensor rows) {
    return rows.sum(new long[] {0}, false, new ScalarTypeOptional(type));
  }

  private static org.bytedeco.pytorch.Tensor vector(Tensor tensor) {
    return TorchTensor.of(tensor).vector(0, tensor.size());
  }

  @Override
  public void linear(Linear layer, int rows, Tensor x, Tensor y) {
    try (PointerScope scope = device.enter()) {
      org.bytedeco.pytorch.Tensor out = matrix(y, rows, layer.outputs());
      org.bytedeco.pytorch.Tensor in = matrix(x, rows, layer.inputs());
      org.bytedeco.pytorch.Tensor factors = weight(layer, layer.weight().value());
      if (layer.bias() == null) {
        products.product(in, factors, out);
      } else {
        products.product(in, factors, vector(layer.bias().value()), out);
      }
    }
  }

  @Override
  public void linearBackward(Linear layer, int rows, Tensor x, Tensor dy, Tensor dx) {
    try (PointerScope scope = device.enter()) {
      org.bytedeco.pytorch.Tensor in = matrix(x, rows, layer.inputs());
      org.bytedeco.pytorch.Tensor d = matrix(dy, rows, layer.outputs());
      if (layer.bias() != null) {
        vector(layer.bias().gradient()).add_(columnSums(d));
      }
      Tensor gradient = layer.weight().gradient();
      if (layer.layout() == Linear.Layout.INPUTS_FIRST) {
        products.addProduct(in.t(), d, 1, matrix(gradient, layer.inputs(), layer.outputs()));
      } else {
        products.addProduct(d.t(), in, 1, matrix(gradient, layer.outputs(), layer.inputs()));
      }
      products.product(
          d, weight(layer, layer.weight().value()).t(), matrix(dx, rows, layer.inputs()));
    }
  }

  @Override
  public void normalize(Norm norm, int rows, Norm.Activations a) {
    try (PointerScope scope = device.enter()) {
      TorchNorm.forward(
          norm,
          matrix(a.input(), rows, norm.width()),
          matrix(a.output(), rows, norm.width()),
          TorchTensor.of(a.statistics()));
    }
  }

  @Override
  public void addAndNormalize(Norm norm, int rows, Tensor x, Tensor addend, Norm.Activations a) {
    try (PointerScope scope = device.enter()) {
      torch.add_out(
          matrix(a.input(), rows, norm.width()),
          matrix(x, rows, norm.width()),
          matrix(addend, rows, norm.width()));
    }
    normalize(norm, rows, a);
  }

  @Override
  public void normalizeBackward(
      Norm norm, int rows, Norm.Activations a, Tensor dOutput, Tensor dInput) {
    try (PointerScope scope = device.enter()) {
      org.bytedeco.pytorch.Tensor change =
          TorchNorm.backward(
              norm,
              matrix(a.input(), rows, norm.width()),
              TorchTensor.of(a.statistics()),
              matrix(dOutput, rows, norm.width()));
      matrix(dInput, rows, norm.width()).add_(change);
    }
  }

  private org.bytedeco.pytorch.Tensor heads(Norm norm, HeadSpan span, Columns columns) {
    return TorchTensor.of(columns.tensor(), precision())
        .heads(columns, 0, span.rows(), span.heads(), norm.width());
  }

  @Override
  public void normalizeHeads(Norm norm, HeadSpan span, Columns x, Columns y, Tensor statistics) {
    try (PointerScope scope = device.enter()) {
      TorchNorm.forward(
          norm, heads(norm, span, x), heads(norm, span, y), TorchTensor.of(statistics));
    }
  }

  @Override
  public void normalizeHeadsBackward(
      Norm norm, HeadSpan span, Columns x, Tensor statistics, Columns d) {
    try (PointerScope scope = device.enter()) {
      org.bytedeco.pytorch.Tensor gradient = heads(norm, span, d);
      gradient.copy_(
          TorchNorm.backward(norm, heads(norm, span, x), TorchTensor.of(statistics), gradient));
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

  private void rotate(Rotation rotation, Sequences sequences, int heads, Columns x, int sign) {
    try (PointerScope scope = device.enter()) {
      org.bytedeco.pytorch.Tensor all =
          TorchTensor.of(x.tensor(), precision())
              .heads(x, 0, sequences.rows(), heads, 2 * rotation.half());
      TorchSequences.rotate(rotation, positions.of(sequences), sign, all);
    }
  }

  @Override
  public void appendToCache(Sequences sequences, int width, Columns from, Columns to) {
    try (PointerScope scope = device.enter()) {
      long rows = (to.tensor().size() - to.from() - width) / to.stride() + 1;
      org.bytedeco.pytorch.Tensor at =
          TorchSequences.slots(sequences).to(device.place(), ScalarType.Long);
      columns(to, rows, width).index_copy_(0, at, columns(from, sequences.rows(), width));
    }
  }

  private org.bytedeco.pytorch.Tensor columns(Columns columns, long rows, int width) {
    return TorchTensor.of(columns.tensor(), precision())
        .view(columns.from(), new long[] {rows, width}, new long[] {columns.stride(), 1});
  }

  @Override
  public void activate(Activation activation, int rows, int width, Tensor x, Tensor y) {
    try (PointerScope scope = device.enter()) {
      TorchActivation.forward(
          activation, matrix(x, rows, (long) activation.factors() * width), matrix(y, rows, width));
    }
  }

  @Override
  public void activateBackward(Activation activation, int rows, int width, Tensor x, Tensor dy) {
    try (PointerScope scope = device.enter()) {
      TorchActivation.backward(
          activation,
          matrix(x, rows, (long) activation.factors() * width),
          matrix(dy, rows, width));
    }
  }

  @Override
  public long attentionMemory(Sequences sequences, Heads heads) {
    return TorchAttention.memory(sequences, heads, attention);
  }

  @Override
  public void attention(
      Sequences sequences, Heads heads, AttentionInputs in, Tensor saved, Tensor out) {
    Columns target = Columns.all(out, heads.queryWidth());
    int together = sequences.areWhole() ? sequences.count() : 1;
    for (int from = 0; from < sequences.count(); from += together) {
      try (PointerScope scope = device.enter()) {
        new TorchAttention(sequences, heads, from, together, attention)
            .forward(in, TorchTensor.of(saved), target);
      }
    }
  }

  @Override
  public void attentionBackward(
      Sequences sequences, Heads heads, AttentionPass forward, Tensor dOut, AttentionInputs d) {
    sequences.requireWhole();
    try (PointerScope scope = device.enter()) {
      new TorchAttention(sequences, heads, 0, sequences.count(), attention)
          .backward(
              forward.in(),
              TorchTensor.of(forward.saved()),
              Columns.all(dOut, heads.queryWidth()),
              d);
    }
  }

  @Override
  public long headScratch(int vocabulary) {
    return head.scratch(vocabulary);
  }

  @Override
  public void logits(OutputHead outputs, int rows, Tensor x, Tensor logits) {
    try (PointerScope scope = device.enter()) {
      head.logits(
          outputs, matrix(x, rows, outputs.width()), matrix(logits, rows, outputs.vocabulary()));
    }
  }

  @Override
  public double crossEntropy(OutputHead outputs, int rows, Tensor x, Targets targets) {
    return head.loss(outputs, rows, TorchTensor.of(x, precision()), targets, null);
  }

  @Override
  public double crossEntropyBackward(
      OutputHead outputs, int rows, Tensor x, Targets targets, float factor, Tensor dx) {
    TorchHead.Backward backward = new TorchHead.Backward(factor, TorchTensor.of(dx, precision()));
    return head.loss(outputs, rows, TorchTensor.of(x, precision()), targets, backward);
  }

  @Override
  public double sumOfSquares(Tensor tensor) {
    return elements.sumOfSquares(TorchTensor.of(tensor));
  }

  @Override
  public void adamW(AdamWUpdate update, AdamWUpdate.Range range) {
    elements.adamW(update, range);
  }

  @Override
  public void muon(MuonUpdate update, MatrixRange matrix) {
    try (PointerScope scope = device.enter()) {
      TorchMuon.step(update, matrix, precision());
    }
  }

  @Override
  public void close() {
    if (fp32 != this) {
      fp32.positions.close();
    }
    positions.close();
    device.close();
  }
}
