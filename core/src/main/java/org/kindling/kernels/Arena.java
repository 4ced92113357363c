package org.kindling.kernels;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Gives the parts of a model their tensors and closes them with itself, or only counts what they
 * ask for: the memory that a model takes is its constructor run dry. Not thread-safe.
 */
public final class Arena implements AutoCloseable {
  /** What a tensor is for. Kernels may keep each in a type of its own. */
  public enum Role {
    /** The flat vector of parameters. */
    PARAMETER,

    /** The flat vector of their gradients. */
    PARAMETER_GRADIENT,

    /** Kept from the forward to the backward pass. */
    ACTIVATION,

    /** The residual stream or its gradient: sums over all blocks, never in a lower precision. */
    RESIDUAL,

    /** What norms divided by, likewise. */
    STATISTICS,

    /** What attention keeps. */
    ATTENTION,

    /** Used by one block after the other. */
    SHARED,

    /** Of as many rows as are computed at once. */
    LOGITS,

    /** Keys and values of generated text. */
    CACHE,

    /** Tables that are not trained. */
    TABLE
  }

  private final Kernels kernels;
  private final boolean counting;
  private final List<Tensor> tensors = new ArrayList<>();
  private final Map<Role, Long> bytes = new EnumMap<>(Role.class);
  private long multiplied;
  private long longestInput;
  private long longestOutput;

  private Arena(Kernels kernels, boolean counting) {
    this.kernels = kernels;
    this.counting = counting;
  }

  /** An arena that allocates. */
  public static Arena allocating(Kernels kernels) {
    return new Arena(kernels, false);
  }

  /** An arena whose tensors have a size and no memory. */
  public static Arena counting(Kernels kernels) {
    return new Arena(kernels, true);
  }

  /** Whether tensors have no memory, so that nothing may be written to them. */
  public boolean isCounting() {
    return counting;
  }

  /** A tensor of zeros. */
  public Tensor take(Role role, long elements) {
    bytes.merge(role, kernels.tensorBytes(elements), Math::addExact);
    Tensor tensor = counting ? new UnbackedTensor(elements) : kernels.allocate(role, elements);
    tensors.add(tensor);
    return tensor;
  }

  /**
   * Notes that a weight multiplies so many rows, for kernels that keep copies of factors.
   *
   * @see Kernels#copiesBytes
   */
  public void multiplies(long weights, long inputElements, long outputElements) {
    multiplied = Math.addExact(multiplied, weights);
    longestInput = Math.max(longestInput, inputElements);
    longestOutput = Math.max(longestOutput, outputElements);
  }

  /** Bytes taken for a role. */
  public long bytes(Role role) {
    return bytes.getOrDefault(role, 0L);
  }

  /** Bytes that the kernels will hold for copies of factors. */
  public long copiesBytes() {
    return multiplied == 0 ? 0 : kernels.copiesBytes(multiplied, longestInput, longestOutput);
  }

  @Override
  public void close() {
    tensors.forEach(Tensor::close);
    tensors.clear();
  }
}
