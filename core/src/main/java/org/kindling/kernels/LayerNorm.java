package org.kindling.kernels;

/**
 * Normalisation of each row to mean 0 and variance 1, then gain and bias.
 *
 * @param width elements of a row
 * @param gain [width]
 * @param bias [width]
 * @see <a href="https://arxiv.org/abs/1607.06450">Ba et al. 2016</a>
 */
public record LayerNorm(int width, Parameter gain, Parameter bias) {
  /** Added to the variance. */
  public static final double EPSILON = 1e-5;

  /**
   * What one application of a layer norm reads, writes and keeps for its backward pass.
   *
   * @param input [rows, width], what is normalised
   * @param output [rows, width]
   * @param statistics [2 * rows], mean and reciprocal deviation of each row, in an order that only
   *     the kernels know
   */
  public record Activations(Tensor input, Tensor output, Tensor statistics) {}
}
