package org.kindling.optimizer;

import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;

/**
 * Clipping by the norm of the whole gradient.
 *
 * @param norm before clipping
 * @param scale what gradients are multiplied with; 1 if they are not clipped
 */
record Clipping(double norm, double scale) {
  /** As in PyTorch's {@code clip_grad_norm_}. */
  private static final double EPSILON = 1e-6;

  /**
   * @throws ArithmeticException if the norm is not a finite number
   */
  static Clipping of(OptimizerSettings settings, Kernels kernels, Tensor gradients, long step) {
    double norm = Math.sqrt(kernels.sumOfSquares(gradients));
    if (!Double.isFinite(norm)) {
      throw new ArithmeticException(
          "optimizer: the norm of the gradients is "
              + norm
              + " at step "
              + step
              + ", expected a finite number; lower optimizer.learningRate or lengthen"
              + " optimizer.warmupSteps");
    }
    double most = settings.clipNorm();
    return new Clipping(norm, most == 0 ? 1 : Math.min(1, most / (norm + EPSILON)));
  }

  static void requireOperands(long size, Tensor parameters, Tensor gradients, long step) {
    if (step < 1) {
      throw new IllegalArgumentException("optimizer: steps count from 1, not " + step);
    }
    if (parameters.size() != size || gradients.size() != size) {
      throw new IllegalArgumentException(
          String.format(
              "optimizer: expected %d parameters and gradients, found %d and %d",
              size, parameters.size(), gradients.size()));
    }
  }
}
