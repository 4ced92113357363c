package org.kindling.kernels;

/**
 * The arithmetic of a transformer's layers, forward and backward, over tensors of its own making.
 * Matrices are row-major and dense. Gradients of parameters are <em>added to</em>; everything else
 * that is written is overwritten, unless its comment says otherwise. Nothing outlives a call that
 * {@link #allocate} did not make, but for copies of weights in {@link Precision#BF16}, which go
 * with the kernels. The same inputs give the same bits, in whatever thread. One instance and its
 * tensors belong to one thread at a time; instances are independent.
 */
public interface Kernels extends AutoCloseable {
  /** {@code vector} or {@code nd4j}. */
  String name();

  /** Of the products with parameters: what these kernels do, not what was asked for. */
  default Precision precision() {
    return Precision.FP32;
  }

  /**
   * The same kernels in {@link Precision#FP32}, over the same tensors: for evaluation and sampling.
   * Closed with these.
   */
  default Kernels exact() {
    return this;
  }

  /** A new tensor of zeros; the caller closes it. */
  Tensor allocate(long elements);

  /** Bytes that {@link #allocate} takes for so many elements. */
  default long tensorBytes(long elements) {
    return Math.multiplyExact(elements, Float.BYTES);
  }

  /**
   * Bytes that training holds beside tensors, for copies of factors in a lower precision.
   *
   * @param weights elements of all matrices that layers multiply with
   * @param inputs elements of the largest x of a layer
   * @param outputs elements of the largest y
   */
  default long copiesBytes(long weights, long inputs, long outputs) {
    return 0;
  }

  /** Bytes that tensors could still take where these kernels keep them. */
  default long availableBytes() {
    return OffHeapMemory.availableBytes();
  }

  /** The longest tensor that a layer may get; parameters, gradients and moments may be longer. */
  default long mostLayerElements() {
    return Long.MAX_VALUE;
  }

  /**
   * out[r] = tokens[ids[r]] + positions[p(r)], where p(r) counts from {@code sequences.first()} in
   * each sequence.
   *
   * @param ids [rows], each below the vocabulary
   * @param out [rows, width]
   */
  void embed(Embedding embedding, Sequences sequences, int[] ids, Tensor out);

  /**
   * @param dOut [rows, width], gradient of {@code out}
   */
  void embedBackward(Embedding embedding, Sequences sequences, int[] ids, Tensor dOut);

  /**
   * y = x · weight + bias.
   *
   * @param x [rows, inputs]
   * @param y [rows, outputs]
   */
  void linear(Linear layer, int rows, Tensor x, Tensor y);

  /**
   * @param x [rows, inputs], as given to {@link #linear}
   * @param dy [rows, outputs]
   * @param dx [rows, inputs]
   */
  void linearBackward(Linear layer, int rows, Tensor x, Tensor dy, Tensor dx);

  /** Normalises {@code a.input()} into {@code a.output()}. */
  void normalize(LayerNorm norm, int rows, LayerNorm.Activations a);

  /**
   * {@code a.input()} = x + addend, then as {@link #normalize}.
   *
   * @param x [rows, width], the residual stream
   * @param addend [rows, width], a branch's output
   */
  void addAndNormalize(LayerNorm norm, int rows, Tensor x, Tensor addend, LayerNorm.Activations a);

  /**
   * @param dOutput [rows, width]
   * @param dInput [rows, width]; the gradient of the input is <em>added to</em> it
   */
  void normalizeBackward(
      LayerNorm norm, int rows, LayerNorm.Activations a, Tensor dOutput, Tensor dInput);

  /**
   * y = gelu(x) by the tanh formula, and x = gelu'(x): the derivative costs little beside the value
   * and saves the backward pass its exponentials.
   *
   * @param x [elements], overwritten by the derivative
   * @param y [elements]
   * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel 2016</a>
   */
  void gelu(long elements, Tensor x, Tensor y);

  /**
   * d = d · derivative.
   *
   * @param derivative [elements], as left by {@link #gelu}
   * @param d [elements], gradient of y on entry, of x on return
   */
  void geluBackward(long elements, Tensor derivative, Tensor d);

  /** Elements that {@link #attention} wants as {@code saved} for such a pass. */
  long attentionMemory(Sequences sequences, Heads heads);

  /**
   * Scaled dot-product attention with a causal mask.
   *
   * @param qkv [count, length, 3 * width]; query, key and value are consecutive thirds of the last
   *     axis, heads consecutive in each
   * @param saved {@link #attentionMemory} elements or more, kept for the backward pass
   * @param out [rows, width], for the computed positions only
   * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al. 2017, eq. 1</a>
   */
  void attention(Sequences sequences, Heads heads, Tensor qkv, Tensor saved, Tensor out);

  /**
   * Backward of {@link #attention} on whole sequences.
   *
   * @param dOut [rows, width]
   * @param dQkv [count, length, 3 * width]
   */
  void attentionBackward(
      Sequences sequences, Heads heads, AttentionTensors forward, Tensor dOut, Tensor dQkv);

  /**
   * What a forward pass of attention read and kept.
   *
   * @param qkv as given to {@link #attention}
   * @param saved as left by {@link #attention}
   */
  record AttentionTensors(Tensor qkv, Tensor saved) {}

  /** Elements of the scratch of an {@link Unembedding}; logits are never held for all rows. */
  long unembeddingScratch(int vocabulary);

  /**
   * @param x [rows, width]
   * @param logits [rows, vocabulary]
   */
  void logits(Unembedding unembedding, int rows, Tensor x, Tensor logits);

  /**
   * Sum over rows of −ln softmax(logits)[target].
   *
   * @param x [rows, width]
   * @param targets [rows]
   * @return nats, accumulated in double precision in row order
   */
  double crossEntropy(Unembedding unembedding, int rows, Tensor x, int[] targets);

  /**
   * As {@link #crossEntropy}, and its backward.
   *
   * @param targets [rows], and the factor on every gradient
   * @param dx [rows, width]
   */
  double crossEntropyBackward(
      Unembedding unembedding, int rows, Tensor x, Targets targets, Tensor dx);

  /**
   * What to predict.
   *
   * @param ids at least one per row
   * @param factor on the gradient of the sum of the losses, e.g. 1 / rows
   */
  record Targets(int[] ids, float factor) {}

  /** Accumulated in double precision in a fixed order. */
  double sumOfSquares(Tensor tensor);

  /**
   * Applies the update to elements {@code from} to {@code from + length - 1} of all four vectors.
   *
   * @param decay weight decay of this range
   */
  void adamW(AdamWUpdate update, long from, long length, double decay);

  @Override
  void close();

  /**
   * Kernels by name: {@code vector} on the CPU, {@code nd4j} on whatever ND4J backend is on the
   * class path, or {@code auto}: nd4j if that is CUDA, else vector, else, where the module {@code
   * jdk.incubator.vector} is missing, nd4j with a warning.
   *
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  static Kernels named(String name) {
    return KernelChoice.named(name);
  }

  /** Whether {@link #named} has kernels of this name, here or on another machine. */
  static boolean isKnown(String name) {
    return KernelChoice.isKnown(name);
  }

  /**
   * As {@link #named(String)}. {@link Precision#BF16} is there for {@code vector} kernels, which
   * {@code auto} then means; on a processor without instructions for it they are in fp32, which the
   * log says once and {@link #precision} tells.
   *
   * @throws IllegalArgumentException for an unknown name, listing the choices, or one without such
   *     products
   */
  static Kernels named(String name, Precision precision) {
    return KernelChoice.named(name, precision);
  }

  /**
   * ND4J operations in double precision: exact enough to check gradients by differences, and slow.
   */
  static Kernels inDouble() {
    return KernelChoice.inDouble();
  }
}
