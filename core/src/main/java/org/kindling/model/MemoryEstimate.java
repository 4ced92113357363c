package org.kindling.model;

import org.kindling.kernels.Arena;

/**
 * Bytes outside the heap that one replica takes, but for its optimizer. Of a transformer they are
 * what its constructor asks an {@link Arena} for, counted without allocating; temporaries of the
 * nd4j kernels are not among them, nor the few megabytes in which oneDNN rearranges a product's
 * factors.
 *
 * @param parametersBytes the model
 * @param gradientsBytes sum over micro-batches: accumulation takes no more memory than one of them
 * @param activationsBytes kept per block from forward to backward
 * @param attentionBytes probabilities of all blocks and heads
 * @param sharedBytes used by one block after the other
 * @param logitsBytes of as many rows as are computed at once
 * @param copiesBytes of factors in a lower precision, while training
 */
public record MemoryEstimate(
    long parametersBytes,
    long gradientsBytes,
    long activationsBytes,
    long attentionBytes,
    long sharedBytes,
    long logitsBytes,
    long copiesBytes) {

  /** What a model's constructor took, or would take. */
  public static MemoryEstimate of(Arena arena) {
    return new MemoryEstimate(
        arena.bytes(Arena.Role.PARAMETER),
        arena.bytes(Arena.Role.PARAMETER_GRADIENT),
        arena.bytes(Arena.Role.ACTIVATION)
            + arena.bytes(Arena.Role.RESIDUAL)
            + arena.bytes(Arena.Role.STATISTICS),
        arena.bytes(Arena.Role.ATTENTION),
        arena.bytes(Arena.Role.SHARED) + arena.bytes(Arena.Role.TABLE),
        arena.bytes(Arena.Role.LOGITS),
        arena.copiesBytes());
  }

  /**
   * Of a model that is trained.
   *
   * @param optimizerBytes what its optimizer takes
   */
  public long trainingBytes(long optimizerBytes) {
    return modelBytes() + optimizerBytes + copiesBytes;
  }

  /** Of a model without an optimizer. */
  public long modelBytes() {
    return parametersBytes
        + gradientsBytes
        + activationsBytes
        + attentionBytes
        + sharedBytes
        + logitsBytes;
  }
}
