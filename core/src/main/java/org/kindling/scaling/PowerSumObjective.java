package org.kindling.scaling;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How badly a sum of power laws and a constant, L = e^e + Σ_t e^(a_t − α_t·x_t), explains measured
 * losses: the sum over points of the Huber loss of ln measured − ln L, divided by its δ.
 *
 * <p>With x = (ln N, ln D) this is Hoffmann's E + A/N^α + B/D^β in log-sum-exp form; with x = (ln
 * C) it is a·C^−b + c. The x are centred, so that a and α of a term are nearly independent, and the
 * sum is scaled by 1/δ, so that gradients are of order 1: with neither, most starts end far from
 * the optimum.
 *
 * <p>Parameters, in this order: e, then a_t (of the centred x) and α_t of each term.
 *
 * @see <a href="https://arxiv.org/abs/2203.15556">Hoffmann et al. 2022, appendix D.3</a>
 */
final class PowerSumObjective implements Objective {
  /** Residuals of ln L below this count by their square, larger ones by their size. */
  static final double DELTA = 1e-3;

  /** e^300 can be squared and summed without overflow. */
  static final double LARGEST_EXPONENT = 300;

  private final double[][] x;
  private final double[] logLoss;
  private final double[] weights;
  private final double[] centres;
  private final PowerSumPoints points;
  private final PowerSumKernel kernel;

  private PowerSumObjective(
      double[][] x, double[] logLoss, double[] weights, double[] centres, PowerSumKernel kernel) {
    this.x = x;
    this.logLoss = logLoss;
    this.weights = weights;
    this.centres = centres;
    this.points = new PowerSumPoints(x, logLoss, weights);
    this.kernel = kernel;
  }

  /**
   * An objective over unweighted points.
   *
   * @param variables [terms][points], positive; their logarithms are taken and centred
   * @param losses [points], positive
   */
  static PowerSumObjective of(double[][] variables, double[] losses) {
    return of(variables, losses, PowerSumKernel.fastest());
  }

  static PowerSumObjective of(double[][] variables, double[] losses, PowerSumKernel kernel) {
    double[][] x = new double[variables.length][];
    double[] centres = new double[variables.length];
    for (int t = 0; t < x.length; t++) {
      x[t] = Arrays.stream(variables[t]).map(Math::log).toArray();
      centres[t] = Arrays.stream(x[t]).average().orElseThrow();
      for (int i = 0; i < x[t].length; i++) {
        x[t][i] -= centres[t];
      }
    }
    double[] weights = new double[losses.length];
    Arrays.fill(weights, 1);
    double[] logLoss = Arrays.stream(losses).map(Math::log).toArray();
    return new PowerSumObjective(x, logLoss, weights, centres, kernel);
  }

  /** The same objective with each point counted {@code counts[i]} times. */
  PowerSumObjective weighted(int[] counts) {
    int[] kept = IntStream.range(0, counts.length).filter(i -> counts[i] > 0).toArray();
    return new PowerSumObjective(
        Arrays.stream(x).map(row -> pick(row, kept)).toArray(double[][]::new),
        pick(logLoss, kept),
        Arrays.stream(kept).mapToDouble(i -> counts[i]).toArray(),
        centres,
        kernel);
  }

  /**
   * The same objective computed plainly. Its results do not depend on what the JVM has compiled so
   * far, as those of vectors do in the last bits.
   */
  PowerSumObjective repeatable() {
    return new PowerSumObjective(x, logLoss, weights, centres, new PlainPowerSum());
  }

  private static double[] pick(double[] values, int[] kept) {
    return Arrays.stream(kept).mapToDouble(i -> values[i]).toArray();
  }

  /** Number of different points. */
  int points() {
    return logLoss.length;
  }

  @Override
  public int dimensions() {
    return 1 + 2 * x.length;
  }

  /** From parameters as printed in a formula to those of the centred variables. */
  double[] centred(double... parameters) {
    double[] centred = parameters.clone();
    for (int t = 0; t < centres.length; t++) {
      centred[1 + 2 * t] -= centred[2 + 2 * t] * centres[t];
    }
    return centred;
  }

  /** The inverse of {@link #centred}. */
  double[] uncentred(double[] parameters) {
    double[] uncentred = parameters.clone();
    for (int t = 0; t < centres.length; t++) {
      uncentred[1 + 2 * t] += uncentred[2 + 2 * t] * centres[t];
    }
    return uncentred;
  }

  @Override
  public double valueAndGradient(double[] at, double[] gradient) {
    double value = kernel.valueAndGradient(points, at, gradient);
    for (int k = 0; k < gradient.length; k++) {
      gradient[k] /= DELTA;
    }
    return value / DELTA;
  }
}
