package org.kindling.kernels;

/**
 * One step of Muon over matrices of flat vectors of equal length. With G = {@code gradientScale} ·
 * gradient and μ = {@code momentumFactor}:
 *
 * <pre>
 * M ← M + (1 − μ)(G − M)                               running mean of gradients
 * U = G + μ(M − G)                                     Nesterov: the mean as the next step finds it
 * X = U / ‖U‖, five times X ← aX + bAX + cA²X, A = XXᵀ    Newton-Schulz
 * P ← P·(1 − learningRate·decay) − learningRate · 0.2·√max(rows, columns) · X
 * </pre>
 *
 * The iteration takes every singular value that is not tiny to one between 0.68 and 1.13 and leaves
 * singular vectors as they are, so X is near to the closest matrix with orthonormal rows or
 * columns. It works on the shorter side: of a matrix with more rows than columns A is XᵀX and
 * multiplies from the right, which gives the same. The last factor makes the root of the mean
 * square of an update about 0.2, as AdamW's is, so that AdamW's learning rate and weight decay
 * serve.
 *
 * @param scratch of {@link Arena.Role#SHARED}, {@link #scratch} elements for the largest matrix or
 *     more; overwritten
 * @see <a href="https://kellerjordan.github.io/posts/muon/">Jordan et al. 2024, Muon</a>
 * @see <a href="https://arxiv.org/abs/2502.16982">Liu et al. 2025 (Moonlight), sections 2.1 and
 *     2.2: decay and scale</a>
 */
public record MuonUpdate(
    Tensor parameters,
    Tensor gradients,
    Tensor momentum,
    Tensor scratch,
    double gradientScale,
    double learningRate,
    double momentumFactor,
    double decay) {
  /** Of the iteration: 3.4445 X − 4.7750 AX + 2.0315 A²X. */
  public static final double A = 3.4445;

  public static final double B = -4.7750;
  public static final double C = 2.0315;

  public static final int ITERATIONS = 5;

  /**
   * Added to the norm that divides. Far below a gradient's, and far above one whose squares are
   * zero in float32, which would begin with singular values above 1 and diverge.
   */
  public static final double EPSILON = 1e-12;

  private static final double UPDATE_SCALE = 0.2;

  /** What is taken from the parameters, by X. */
  public double rate(MatrixRange matrix) {
    return learningRate * UPDATE_SCALE * Math.sqrt(Math.max(matrix.rows(), matrix.columns()));
  }

  /** Elements for a matrix: itself twice and two squares of its shorter side. */
  public static long scratch(MatrixRange matrix) {
    long side = matrix.shorter();
    return Math.addExact(
        Math.multiplyExact(2, matrix.elements()), Math.multiplyExact(2, side * side));
  }

  /** Where the first of the squares begins in the scratch; the second follows it. */
  public static long squares(MatrixRange matrix) {
    return 2 * matrix.elements();
  }
}
