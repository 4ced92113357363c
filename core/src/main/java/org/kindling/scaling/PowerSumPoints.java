package org.kindling.scaling;

import java.util.Arrays;

/**
 * Points of a {@link PowerSumObjective} with scratch space for one evaluation.
 *
 * <p>All rows are padded with points of weight zero to a multiple of {@link #LANES}, so that loops
 * over vectors need no tail.
 */
final class PowerSumPoints {
  /** Doubles in the widest vector register there is. */
  static final int LANES = 8;

  /** [terms][padded], centred logarithms. */
  final double[][] x;

  /** [padded], logarithms of measured losses. */
  final double[] logLoss;

  /** [padded]. */
  final double[] weights;

  /** [terms][padded], scratch: the value of each term at each point. */
  final double[][] powers;

  /** [padded], scratch: the derivative of the objective by L at each point. */
  final double[] pull;

  PowerSumPoints(double[][] x, double[] logLoss, double[] weights) {
    int padded = (logLoss.length + LANES - 1) / LANES * LANES;
    this.x = Arrays.stream(x).map(row -> Arrays.copyOf(row, padded)).toArray(double[][]::new);
    this.logLoss = Arrays.copyOf(logLoss, padded);
    this.weights = Arrays.copyOf(weights, padded);
    this.powers = new double[x.length][padded];
    this.pull = new double[padded];
  }

  int padded() {
    return logLoss.length;
  }

  int terms() {
    return x.length;
  }
}
