package org.kindling.kernels;

/**
 * One step of AdamW over flat vectors. With g = {@code gradientScale} · gradient: m ← m + (1 −
 * beta1)(g − m), v ← beta2·v + (1 − beta2)g², parameter ← parameter·(1 − learningRate·decay) −
 * learningRate · (m / correction1) / (√(v / correction2) + epsilon).
 *
 * @param step counted from 1
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019, algorithm 2</a>
 */
public record AdamWUpdate(
    Tensor parameters,
    Tensor gradients,
    Tensor firstMoment,
    Tensor secondMoment,
    double gradientScale,
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    long step) {
  /**
   * Elements that are updated with one weight decay.
   *
   * @param from position of the first in parameters, gradients and first moment
   * @param second position of its second moment: optimizers that keep none of some elements keep
   *     the others next to each other
   */
  public record Range(long from, long length, long second, double decay) {
    /** Of four vectors of equal length. */
    public static Range of(long from, long length, double decay) {
      return new Range(from, length, from, decay);
    }
  }

  /** 1 − beta1^step. */
  public double correction1() {
    return 1 - StrictMath.pow(beta1, step);
  }

  /** 1 − beta2^step. */
  public double correction2() {
    return 1 - StrictMath.pow(beta2, step);
  }
}
