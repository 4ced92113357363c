package org.kindling.model;

/**
 * Bytes outside the heap that one replica takes, for float32 tensors of 4 bytes an element. With P
 * elements of the parameter vector ({@link ParameterLayout#size()}), L layers, h heads, width d,
 * context T, vocabulary V and R = batch · T rows:
 *
 * <pre>
 * parameters   4 · P
 * gradients    4 · P
 * moments      4 · 2P
 * activations  4 · L · (16·R·d + 4·R)
 * attention    4 · L · A, about 4 · L · batch · h · T · (T + 64) / 2 with the vector kernels
 * shared       4 · (14·R·d + 2·R)
 * logits       4 · about max(2²⁰, 64·V) with the vector kernels
 * copies       0; with bf16 2 · (2·(12·L·d² + V·d) + 4·R·d + max(4·R·d, 2²⁰, 64·V)) + 3·2²⁰
 * </pre>
 *
 * <p>Activations of a block are, in units of R·d: input and output of two layer norms 4, query, key
 * and value 3, what attention returns 1, the perceptron's hidden layer and GELU's derivative 8; and
 * mean and deviation of both norms, 4·R. They are kept from forward to backward. A is {@code
 * Kernels.attentionMemory}: the probabilities of all heads, of which the vector kernels keep the
 * tiles of 64 queries that are not masked, rows rounded up to whole vector registers, and one tile
 * of gradients. Shared by all blocks are, in the same units: the final norm 2, a block's output 1,
 * gradients of the final norm and of the residual stream 2, and of a block's inner parts 9; and 2·R
 * statistics. Logits exist for some rows at a time. The vector kernels align every tensor with 64
 * bytes more, counted here. Copies are, in bfloat16, every matrix and its transpose and one layer's
 * input and gradient, and oneDNN's working memory. Temporaries of the nd4j kernels are not counted,
 * nor the few megabytes in which oneDNN rearranges a product's factors.
 *
 * @param parametersBytes the model
 * @param gradientsBytes sum over micro-batches: accumulation takes no more memory than one of them
 * @param momentsBytes both moments of AdamW
 * @param activationsBytes kept per block from forward to backward
 * @param attentionBytes probabilities of all blocks and heads
 * @param sharedBytes used by one block after the other
 * @param logitsBytes of as many rows as are computed at once
 * @param copiesBytes of factors in a lower precision, while training
 */
public record MemoryEstimate(
    long parametersBytes,
    long gradientsBytes,
    long momentsBytes,
    long activationsBytes,
    long attentionBytes,
    long sharedBytes,
    long logitsBytes,
    long copiesBytes) {

  /** Of a model that is trained. */
  public long trainingBytes() {
    return modelBytes() + momentsBytes + copiesBytes;
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
