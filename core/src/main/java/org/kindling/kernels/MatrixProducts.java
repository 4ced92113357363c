package org.kindling.kernels;

/** The matrix products of a model's parameters, in one {@link Precision}. */
interface MatrixProducts extends AutoCloseable {
  Precision precision();

  /** As {@link Kernels#copiesBytes}. */
  long copiesBytes(long weights, long inputs, long outputs);

  /** y [rows, outputs] = x [rows, inputs] · W + bias. */
  void linear(Linear layer, int rows, CpuTensor x, CpuTensor y);

  /** Adds xᵀ · dy to the gradient of W; dx = dy · Wᵀ. The bias is not touched. */
  void linearBackward(Linear layer, int rows, CpuTensor x, CpuTensor dy, CpuTensor dx);

  /** logits = x · weightᵀ, for some rows of x. */
  void logits(OutputHead head, Rows rows, CpuTensor x, Logits logits);

  /** Adds dLogitsᵀ · x to the weight's gradient; dx = dLogits · weight, for some rows. */
  void logitsBackward(OutputHead head, Rows rows, CpuTensor x, Logits dLogits, CpuTensor dx);

  /** Rows {@code first} to {@code first + count - 1} of a matrix. */
  record Rows(int first, int count) {
    static Rows first(int count) {
      return new Rows(0, count);
    }
  }

  /**
   * Logits of some rows, from the tensor's first element on.
   *
   * @param stride elements from one row to the next, at least the vocabulary
   */
  record Logits(CpuTensor tensor, int stride) {}

  @Override
  void close();
}
