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
  /** What {@code training.kernels} calls them: {@code vector}, {@code nd4j} or {@code torch}. */
  String name();

  /** By what they compute, on the device of the calling thread. */
  Arithmetic arithmetic();

  /** Of the factors of products: what these kernels do, not what was asked for. */
  default Precision precision() {
    return Precision.FP32;
  }

  /**
   * The same kernels in {@link Precision#FP32}, over the same tensors: for evaluation and sampling.
   * Closed with these.
   */
  default Kernels fp32() {
    return this;
  }

  /**
   * Kernels in {@link Precision#FP32} over the same tensors, for many forward passes of few rows
   * with the same parameters: they may keep copies of weights, whose bytes {@link #copiesBytes}
   * tells. The caller closes them, unless they are these themselves.
   */
  default Kernels forGeneration() {
    return fp32();
  }

  /** A new tensor of zeros; the caller closes it. */
  Tensor allocate(long elements);

  /**
   * A new tensor of zeros for a purpose, which may decide in what format kernels of a lower
   * precision keep it; the caller closes it.
   */
  default Tensor allocate(Arena.Role role, long elements) {
    return allocate(elements);
  }

  /** Whether tensors lie in the memory of a GPU. */
  default boolean onGpu() {
    return false;
  }

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

  /**
   * out[r] = tokens[ids[r]] + positions[p(r)], p being {@link Sequences#position}; without a
   * position embedding, its first term.
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
   * y = x · W + bias.
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
  void normalize(Norm norm, int rows, Norm.Activations a);

  /**
   * {@code a.input()} = x + addend, then as {@link #normalize}.
   *
   * @param x [rows, width], the residual stream
   * @param addend [rows, width], a residual branch's output
   */
  void addAndNormalize(Norm norm, int rows, Tensor x, Tensor addend, Norm.Activations a);

  /**
   * @param dOutput [rows, width]
   * @param dInput [rows, width]; the gradient of the input is <em>added to</em> it
   */
  void normalizeBackward(Norm norm, int rows, Norm.Activations a, Tensor dOutput, Tensor dInput);

  /**
   * Normalises each head of a row by itself.
   *
   * @param norm of {@link Norm.Kind#RMS}, as wide as a head; all heads share its gain
   * @param span rows, and heads in each
   * @param x [rows, heads · width]
   * @param y [rows, heads · width]; overlaps x nowhere
   * @param statistics [rows, heads], kept for the backward pass
   */
  void normalizeHeads(Norm norm, HeadSpan span, Columns x, Columns y, Tensor statistics);

  /**
   * Backward of {@link #normalizeHeads}, in place.
   *
   * @param x as given to it
   * @param statistics as left by it
   * @param d [rows, heads · width], gradient of y on entry, of x on return
   */
  void normalizeHeadsBackward(Norm norm, HeadSpan span, Columns x, Tensor statistics, Columns d);

  /**
   * Turns each head of a row by the angles of its position, in place.
   *
   * @param sequences as many rows as {@code x}
   * @param heads in each row
   * @param x [rows, heads · 2n]
   */
  void rotate(Rotation rotation, Sequences sequences, int heads, Columns x);

  /**
   * Turns back: the backward of {@link #rotate}.
   *
   * @param d [rows, heads · 2n], gradient of the turned heads on entry, of the others on return
   */
  void rotateBackward(Rotation rotation, Sequences sequences, int heads, Columns d);

  /**
   * Heads in rows.
   *
   * @param rows number of rows
   * @param heads in each row, next to each other
   */
  record HeadSpan(int rows, int heads) {}

  /**
   * Copies rows of new keys or values behind those that are in their slots already.
   *
   * @param width columns to copy
   * @param from [rows, width]
   * @param to [slots · capacity, width]; row {@code slot · capacity + first + i} is overwritten by
   *     the sequence's i-th
   */
  void appendToCache(Sequences sequences, int width, Columns from, Columns to);

  /**
   * y = activation(x), and x = what {@link #activateBackward} multiplies with: derivatives cost
   * little beside the value and save the backward pass its exponentials.
   *
   * @param width of a row of y
   * @param x [rows, width], or [rows, 2 · width] of a gate and a factor side by side if gated
   * @param y [rows, width]
   */
  void activate(Activation activation, int rows, int width, Tensor x, Tensor y);

  /**
   * Backward of {@link #activate}.
   *
   * @param x as left by it on entry, the gradient of its input on return
   * @param dy [rows, width], gradient of y
   */
  void activateBackward(Activation activation, int rows, int width, Tensor x, Tensor dy);

  /** Elements that {@link #attention} wants as {@code saved} for such a pass. */
  long attentionMemory(Sequences sequences, Heads heads);

  /**
   * Scaled dot-product attention. A query sees the keys from {@link Heads#firstKey} to its own.
   *
   * @param in queries, keys and values
   * @param saved {@link #attentionMemory} elements or more, kept for the backward pass
   * @param out [rows, query heads · head width], for the computed positions only
   * @see <a href="https://arxiv.org/abs/1706.03762">Vaswani et al. 2017, eq. 1</a>
   */
  void attention(Sequences sequences, Heads heads, AttentionInputs in, Tensor saved, Tensor out);

  /**
   * Backward of {@link #attention} on whole sequences.
   *
   * @param saved as left by {@link #attention}
   * @param dOut [rows, query heads · head width]
   * @param d gradients of queries, keys and values; overwritten
   */
  void attentionBackward(
      Sequences sequences, Heads heads, AttentionPass forward, Tensor dOut, AttentionInputs d);

  /**
   * What attention reads.
   *
   * @param queries [rows, query heads · head width], of the computed positions, heads next to each
   *     other
   * @param keys [slots · capacity, key heads · head width], or each head's [slots · capacity, head
   *     width] a stride apart
   * @param values like the keys
   */
  record AttentionInputs(Columns queries, Columns keys, Columns values) {}

  /**
   * What a forward pass of attention read and kept.
   *
   * @param in as given to {@link #attention}
   * @param saved as left by {@link #attention}
   */
  record AttentionPass(AttentionInputs in, Tensor saved) {}

  /** Elements of the scratch of an {@link OutputHead}; logits are never held for all rows. */
  long headScratch(int vocabulary);

  /**
   * @param x [rows, width]
   * @param logits [rows, vocabulary]
   */
  void logits(OutputHead head, int rows, Tensor x, Tensor logits);

  /**
   * Sum over rows of −weight · ln softmax(logits)[target].
   *
   * @param x [rows, width]
   * @param targets [rows]
   * @return nats, accumulated in double precision in row order
   */
  double crossEntropy(OutputHead head, int rows, Tensor x, Targets targets);

  /**
   * As {@link #crossEntropy}, and its backward.
   *
   * @param factor on every gradient, e.g. 1 / sum of the weights
   * @param dx [rows, width]
   */
  double crossEntropyBackward(
      OutputHead head, int rows, Tensor x, Targets targets, float factor, Tensor dx);

  /**
   * What to predict.
   *
   * @param ids at least one per row
   * @param weights factor on the loss of each row; null if all are 1
   */
  record Targets(int[] ids, float[] weights) {
    float weight(int row) {
      return weights == null ? 1f : weights[row];
    }
  }

  /** Accumulated in double precision in a fixed order. */
  double sumOfSquares(Tensor tensor);

  /** Applies the update to a range of all four vectors. */
  void adamW(AdamWUpdate update, AdamWUpdate.Range range);

  /** Applies the update to one matrix of its vectors; products are in {@link #precision}. */
  void muon(MuonUpdate update, MatrixRange matrix);

  @Override
  void close();

  /**
   * Kernels by name: {@code vector} on the CPU, {@code nd4j} on whatever ND4J backend is on the
   * class path, {@code torch} where its jar is on the class path, or {@code auto}: torch or nd4j if
   * built for GPUs and there is one, else vector, else, where the module {@code
   * jdk.incubator.vector} is missing, nd4j with a warning.
   *
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  static Kernels named(String name) {
    return named(name, Precision.FP32);
  }

  /** Whether {@link #named} has kernels of this name, here or on another machine. */
  static boolean isKnown(String name) {
    return KernelChoice.isKnown(name);
  }

  /** Whether any kernels on the class path were built for GPUs. */
  static boolean areForGpus() {
    return KernelChoice.areForGpus();
  }

  /** All names, for a message: "auto, vector or ...". */
  static String choices() {
    return KernelChoice.choices();
  }

  /**
   * As {@link #named(String)}. {@link Precision#BF16} is there for {@code torch} kernels and for
   * {@code vector} kernels; on a processor without instructions for it the latter are in fp32,
   * which the log says once and {@link #precision} tells.
   *
   * @throws IllegalArgumentException for an unknown name, listing the choices, or one without such
   *     products
   */
  static Kernels named(String name, Precision precision) {
    return named(new KernelsWanted(name), precision);
  }

  /**
   * As {@link #named(String, Precision)}, on a device.
   *
   * @throws IllegalArgumentException also if this process does not have the device, in one line
   *     that says what is missing
   */
  static Kernels named(KernelsWanted wanted, Precision precision) {
    return KernelChoice.named(wanted, precision);
  }

  /**
   * Kernels to count memory with, for a machine that may have a device which this one lacks. They
   * allocate nothing.
   */
  static Kernels planned(KernelsWanted wanted, Precision precision) {
    return KernelChoice.planned(wanted, precision);
  }

  /**
   * ND4J operations in double precision: exact enough to check gradients by differences, and slow.
   */
  static Kernels inDouble() {
    return KernelChoice.inDouble();
  }
}
