package org.kindling.kernels;

import java.util.concurrent.atomic.AtomicLong;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.memory.conf.WorkspaceConfiguration;
import org.nd4j.linalg.api.memory.enums.AllocationPolicy;
import org.nd4j.linalg.api.memory.enums.LearningPolicy;
import org.nd4j.linalg.api.memory.enums.ResetPolicy;
import org.nd4j.linalg.api.memory.enums.SpillPolicy;
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
  private static final AtomicLong INSTANCES = new AtomicLong();
  private static final WorkspaceConfiguration WORKSPACE =
      WorkspaceConfiguration.builder()
          .initialSize(0)
          .policyAllocation(AllocationPolicy.OVERALLOCATE)
          .overallocationLimit(0.1)
          .policyLearning(LearningPolicy.FIRST_LOOP)
          .policyReset(ResetPolicy.BLOCK_LEFT)
          .policySpill(SpillPolicy.REALLOCATE)
          .build();

  private static final double SLOPE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  /** Logits held at a time: 16 MB. */
  private static final int LOGITS = 1 << 22;

  private static final int MOST_LOGIT_ROWS = 4096;

  /** Elements that are turned into doubles at a time. */
  private static final long SUM_PIECE = 1 << 20;

  private final String workspace = "kindling-kernels-" + INSTANCES.incrementAndGet();

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
    return Nd4j.getWorkspaceManager().getAndActivateWorkspace(WORKSPACE, workspace);
  }

  @Override
  public String name() {
    return "nd4j";
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
      INDArray found = Nd4jOperations.rows(table(tokens, tokens.value(), width), indices);
      INDArray target = own(out).view(0, s.count(), s.computed(), width);
      target.assign(found.reshape('c', s.count(), s.computed(), width));
      long from = (long) s.first() * width;
      target.addi(own(embedding.positions().value()).view(from, 1, s.computed(), width));
    }
  }

  @Override
  public void embedBackward(Embedding embedding, Sequences s, int[] ids, Tensor dOut) {
    try (MemoryWorkspace scope = scope()) {
      int width = embedding.width();
      Parameter tokens = embedding.tokens();
      int vocabulary = Math.toIntExact(tokens.value().size() / width);
      INDArray gradient = table(tokens, tokens.gradient(), width);
      // A product with one-hot rows adds in a fixed order; scattered additions on a GPU do not.
      int chunk = logitRows(vocabulary);
      for (int first = 0; first < s.rows(); first += chunk) {
        int count = Math.min(chunk, s.rows() - first);
        INDArray indices = Nd4jOperations.indices(ids, first, count);
        INDArray hot = Nd4jOperations.oneHot(indices, vocabulary, type);
        INDArray d = own(dOut).view((long) first * width, count, width);
        gradient.addi(product(hot.transpose(), d));
      }
      long from = (long) s.first() * width;
      INDArray sum = own(dOut).view(0, s.count(), s.computed(), width).sum(0);
      own(embedding.positions().gradient()).view(from, s.computed(), width).addi(sum);
    }
  }

  private static INDArray product(INDArray left, INDArray right) {
    INDArray result = Nd4j.create(left.dataType(), left.size(0), right.size(1));
    Nd4jOperations.product(left, right, result);
    return result;
  }

  @Override
  public void linear(Linear layer, int rows, Tensor x, Tensor y) {
    try (MemoryWorkspace scope = scope()) {
      INDArray result = matrix(y, rows, layer.outputs());
      INDArray weight = matrix(layer.weight().value(), layer.inputs(), layer.outputs());
      Nd4jOperations.product(matrix(x, rows, layer.inputs()), weight, result);
      result.addiRowVector(vector(layer.bias().value(), layer.outputs()));
    }
  }

  @Override
  public void linearBackward(Linear layer, int rows, Tensor x, Tensor dy, Tensor dx) {
    try (MemoryWorkspace scope = scope()) {
      int inputs = layer.inputs();
      int outputs = layer.outputs();
      INDArray d = matrix(dy, rows, outputs);
      vector(layer.bias().gradient(), outputs).addi(d.sum(0));
      INDArray weightGradient = product(matrix(x, rows, inputs).transpose(), d);
      matrix(layer.weight().gradient(), inputs, outputs).addi(weightGradient);
      INDArray weight = matrix(layer.weight().value(), inputs, outputs);
      Nd4jOperations.product(d, weight.transpose(), matrix(dx, rows, inputs));
    }
  }

  @Override
  public void normalize(LayerNorm norm, int rows, LayerNorm.Activations a) {
    try (MemoryWorkspace scope = scope()) {
      int width = norm.width();
      INDArray x = matrix(a.input(), rows, width);
      INDArray mean = x.mean(true, 1);
      INDArray centred = x.sub(mean);
      INDArray variance = centred.mul(centred).mean(true, 1);
      INDArray deviation = Transforms.sqrt(variance.addi(LayerNorm.EPSILON), false).rdivi(1);
      own(a.statistics()).view(0, rows, 1).assign(mean);
      own(a.statistics()).view(rows, rows, 1).assign(deviation);
      centred.muli(deviation).muliRowVector(vector(norm.gain().value(), width));
      centred.addiRowVector(vector(norm.bias().value(), width));
      matrix(a.output(), rows, width).assign(centred);
    }
  }

  @Override
  public void addAndNormalize(
      LayerNorm norm, int rows, Tensor x, Tensor addend, LayerNorm.Activations a) {
    try (MemoryWorkspace scope = scope()) {
      INDArray sum = matrix(x, rows, norm.width()).add(matrix(addend, rows, norm.width()));
      matrix(a.input(), rows, norm.width()).assign(sum);
    }
    normalize(norm, rows, a);
  }

  @Override
  public void normalizeBackward(
      LayerNorm norm, int rows, LayerNorm.Activations a, Tensor dOutput, Tensor dInput) {
    try (MemoryWorkspace scope = scope()) {
      int width = norm.width();
      INDArray deviation = own(a.statistics()).view(rows, rows, 1);
      INDArray hat = matrix(a.input(), rows, width).sub(own(a.statistics()).view(0, rows, 1));
      hat.muli(deviation);
      INDArray dy = matrix(dOutput, rows, width);
      vector(norm.gain().gradient(), width).addi(dy.mul(hat).sum(0));
      vector(norm.bias().gradient(), width).addi(dy.sum(0));
      INDArray d = dy.mulRowVector(vector(norm.gain().value(), width));
      INDArray meanOfProduct = d.mul(hat).mean(true, 1);
      d.subi(d.mean(true, 1)).subi(hat.muli(meanOfProduct)).muli(deviation);
      matrix(dInput, rows, width).addi(d);
    }
  }

  @Override
  public void gelu(long elements, Tensor x, Tensor y) {
    try (MemoryWorkspace scope = scope()) {
      INDArray value = vector(x, elements);
      INDArray square = value.mul(value);
      INDArray tanh = Transforms.tanh(square.mul(CUBIC).addi(1).muli(value).muli(SLOPE), false);
      INDArray slope = square.muli(3 * CUBIC * SLOPE).addi(SLOPE);
      // gelu' = (1 + tanh) / 2 + x / 2 · (1 − tanh²) · slope
      INDArray derivative = tanh.mul(tanh).rsubi(1).muli(slope).muli(value).addi(1).addi(tanh);
      vector(y, elements).assign(tanh.addi(1).muli(value).muli(0.5));
      value.assign(derivative.muli(0.5));
    }
  }

  @Override
  public void geluBackward(long elements, Tensor derivative, Tensor d) {
    vector(d, elements).muli(vector(derivative, elements));
  }

  @Override
  public long attentionMemory(Sequences sequences, Heads heads) {
    return Nd4jAttention.memory(sequences, heads);
  }

  @Override
  public void attention(Sequences sequences, Heads heads, Tensor qkv, Tensor saved, Tensor out) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jAttention.forward(sequences, heads, own(qkv), own(saved), own(out));
    }
  }

  @Override
  public void attentionBackward(
      Sequences sequences, Heads heads, AttentionTensors forward, Tensor dOut, Tensor dQkv) {
    try (MemoryWorkspace scope = scope()) {
      Nd4jAttention.Forward tensors =
          new Nd4jAttention.Forward(own(forward.qkv()), own(forward.saved()));
      Nd4jAttention.backward(sequences, heads, tensors, own(dOut), own(dQkv));
    }
  }

  private static int logitRows(int vocabulary) {
    return Math.max(1, Math.min(MOST_LOGIT_ROWS, LOGITS / vocabulary));
  }

  @Override
  public long unembeddingScratch(int vocabulary) {
    return (long) logitRows(vocabulary) * vocabulary;
  }

  @Override
  public void logits(Unembedding u, int rows, Tensor x, Tensor logits) {
    try (MemoryWorkspace scope = scope()) {
      logits(u, own(x).view(0, rows, u.width()), matrix(logits, rows, u.vocabulary()));
    }
  }

  private static void logits(Unembedding u, INDArray x, INDArray logits) {
    INDArray weight = matrix(u.weight().value(), u.vocabulary(), u.width());
    Nd4jOperations.product(x, weight.transpose(), logits);
  }

  @Override
  public double crossEntropy(Unembedding u, int rows, Tensor x, int[] targets) {
    int chunk = logitRows(u.vocabulary());
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      int count = Math.min(chunk, rows - first);
      try (MemoryWorkspace scope = scope()) {
        INDArray hot =
            Nd4jOperations.oneHot(
                Nd4jOperations.indices(targets, first, count), u.vocabulary(), type);
        loss += probabilities(u, own(x).view((long) first * u.width(), count, u.width()), hot);
      }
    }
    return loss;
  }

  /** Leaves the softmax of the logits in the scratch; returns the sum of the losses. */
  private static double probabilities(Unembedding u, INDArray x, INDArray hot) {
    INDArray scores = matrix(u.scratch(), x.size(0), u.vocabulary());
    logits(u, x, scores);
    scores.subi(scores.max(true, 1));
    INDArray target = scores.mul(hot).sum(true, 1);
    Transforms.exp(scores, false);
    INDArray sums = scores.sum(true, 1);
    scores.divi(sums);
    INDArray losses = Transforms.log(sums, true).subi(target);
    double loss = 0;
    for (double row : losses.reshape(x.size(0)).toDoubleVector()) {
      loss += row;
    }
    return loss;
  }

  @Override
  public double crossEntropyBackward(
      Unembedding u, int rows, Tensor x, Targets targets, Tensor dx) {
    int chunk = logitRows(u.vocabulary());
    double loss = 0;
    for (int first = 0; first < rows; first += chunk) {
      int count = Math.min(chunk, rows - first);
      try (MemoryWorkspace scope = scope()) {
        INDArray indices = Nd4jOperations.indices(targets.ids(), first, count);
        INDArray hot = Nd4jOperations.oneHot(indices, u.vocabulary(), type);
        INDArray input = own(x).view((long) first * u.width(), count, u.width());
        loss += probabilities(u, input, hot);
        INDArray d = matrix(u.scratch(), count, u.vocabulary()).subi(hot).muli(targets.factor());
        INDArray weight = matrix(u.weight().value(), u.vocabulary(), u.width());
        INDArray dInput = own(dx).view((long) first * u.width(), count, u.width());
        Nd4jOperations.product(d, weight, dInput);
        INDArray gradient = matrix(u.weight().gradient(), u.vocabulary(), u.width());
        gradient.addi(product(d.transpose(), input));
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
  public void adamW(AdamWUpdate u, long from, long length, double decay) {
    try (MemoryWorkspace scope = scope()) {
      INDArray g = own(u.gradients()).view(from, length).mul(u.gradientScale());
      INDArray m = own(u.firstMoment()).view(from, length);
      INDArray v = own(u.secondMoment()).view(from, length);
      INDArray p = own(u.parameters()).view(from, length);
      m.muli(u.beta1()).addi(g.mul(1 - u.beta1()));
      v.muli(u.beta2()).addi(g.muli(g).muli(1 - u.beta2()));
      INDArray root = Transforms.sqrt(v.div(u.correction2()), false).addi(u.epsilon());
      p.muli(1 - u.learningRate() * decay);
      p.subi(m.mul(u.learningRate() / u.correction1()).divi(root));
    }
  }

  @Override
  public void close() {
    MemoryWorkspace own = Nd4j.getWorkspaceManager().getWorkspaceForCurrentThread(workspace);
    // The workspace has grown to what the largest call wanted: it belongs into the peak.
    OffHeapMemory.took(own.getCurrentSize());
    OffHeapMemory.gaveBack(own.getCurrentSize());
    Nd4j.getWorkspaceManager().destroyWorkspace(own);
  }
}
