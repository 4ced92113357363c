package org.kindling.scaling;

import java.util.Arrays;

/**
 * The BFGS method with a dense inverse Hessian and a line search for the weak Wolfe conditions, for
 * a handful of parameters and very many starts: it allocates nothing after construction. The weak
 * conditions are those that also suit the kinks of a Huber loss.
 *
 * <p>Deterministic; not thread-safe.
 *
 * @see <a href="https://doi.org/10.1007/s10107-012-0514-2">Lewis and Overton 2013, Nonsmooth
 *     optimization via quasi-Newton methods</a>
 */
final class Bfgs {
  private static final int MAXIMUM_ITERATIONS = 500;
  private static final int MAXIMUM_TRIALS = 30;
  private static final double SUFFICIENT_DECREASE = 1e-4;
  private static final double CURVATURE = 0.9;

  /** Length of the first step of all, when nothing is known of the curvature. */
  private static final double FIRST_STEP = 0.5;

  /** A relative decrease below this, some iterations in a row, is rounding. */
  private static final double NO_DECREASE = 1e-13;

  private static final int PATIENCE = 3;

  private final Objective objective;
  private final int n;
  private final double gradientTolerance;
  private final double[][] inverseHessian;
  private final double[] gradient;
  private final double[] direction;
  private final double[] trial;
  private final double[] trialGradient;
  private final double[] step;
  private final double[] change;
  private final double[] product;
  private double trialValue;

  /**
   * @param gradientTolerance the search ends when no component of the gradient is larger
   */
  Bfgs(Objective objective, double gradientTolerance) {
    this.objective = objective;
    this.n = objective.dimensions();
    this.gradientTolerance = gradientTolerance;
    this.inverseHessian = new double[n][n];
    this.gradient = new double[n];
    this.direction = new double[n];
    this.trial = new double[n];
    this.trialGradient = new double[n];
    this.step = new double[n];
    this.change = new double[n];
    this.product = new double[n];
  }

  /**
   * Walks downhill from a start.
   *
   * @param at [dimensions], the start; overwritten by the lowest point found
   * @return the value there
   */
  double minimize(double[] at) {
    return minimize(at, forgetCurvature());
  }

  /**
   * Walks downhill from a start near which the curvature is known: a third of the steps.
   *
   * @param known [dimensions][dimensions], the inverse Hessian; not changed
   */
  double minimize(double[] at, double[][] known) {
    for (int i = 0; i < n; i++) {
      System.arraycopy(known[i], 0, inverseHessian[i], 0, n);
    }
    return minimize(at, false);
  }

  /** A copy of what the last search learned of the inverse Hessian. */
  double[][] learnedCurvature() {
    return Arrays.stream(inverseHessian).map(double[]::clone).toArray(double[][]::new);
  }

  private double minimize(double[] at, boolean startsFresh) {
    boolean fresh = startsFresh;
    double value = objective.valueAndGradient(at, gradient);
    int idle = 0;
    for (int k = 0; k < MAXIMUM_ITERATIONS && idle < PATIENCE; k++) {
      if (largest(gradient) < gradientTolerance) {
        break;
      }
      double slope = chooseDirection();
      if (!(slope < 0)) {
        fresh = forgetCurvature();
        slope = chooseDirection();
      }
      double length = fresh ? Math.min(1, FIRST_STEP / Math.sqrt(-slope)) : 1;
      boolean lower = searchLine(at, value, slope, length);
      if (!lower) {
        if (fresh) {
          break;
        }
        fresh = forgetCurvature();
        idle++;
        continue;
      }
      fresh = learnCurvature(at, fresh);
      idle = value - trialValue <= NO_DECREASE * Math.abs(value) ? idle + 1 : 0;
      value = trialValue;
      System.arraycopy(trial, 0, at, 0, n);
      System.arraycopy(trialGradient, 0, gradient, 0, n);
    }
    return value;
  }

  private boolean forgetCurvature() {
    for (int i = 0; i < n; i++) {
      Arrays.fill(inverseHessian[i], 0);
      inverseHessian[i][i] = 1;
    }
    return true;
  }

  /** Fills the quasi-Newton direction and returns the slope along it. */
  private double chooseDirection() {
    double slope = 0;
    for (int i = 0; i < n; i++) {
      direction[i] = -dot(inverseHessian[i], gradient);
      slope += direction[i] * gradient[i];
    }
    return slope;
  }

  /**
   * Leaves in {@code trial} a point that meets the weak Wolfe conditions; false if none is lower.
   */
  private boolean searchLine(double[] at, double value, double slope, double firstLength) {
    double low = 0;
    double high = Double.POSITIVE_INFINITY;
    double length = firstLength;
    for (int k = 0; k < MAXIMUM_TRIALS; k++) {
      for (int i = 0; i < n; i++) {
        trial[i] = at[i] + length * direction[i];
      }
      trialValue = objective.valueAndGradient(trial, trialGradient);
      if (!(trialValue <= value + SUFFICIENT_DECREASE * length * slope)) {
        high = length;
        // The first steps are usually far too long: shorten faster than by bisection.
        length = low + (high - low) * (k < 3 ? 0.3 : 0.5);
      } else if (dot(trialGradient, direction) < CURVATURE * slope) {
        low = length;
        length = high < Double.POSITIVE_INFINITY ? 0.5 * (low + high) : 2.5 * length;
      } else {
        return true;
      }
      if (high - low < 1e-14) {
        break;
      }
    }
    return trialValue < value;
  }

  /** The BFGS update; skipped, as usual, where the curvature is not positive. */
  private boolean learnCurvature(double[] at, boolean fresh) {
    for (int i = 0; i < n; i++) {
      step[i] = trial[i] - at[i];
      change[i] = trialGradient[i] - gradient[i];
    }
    double curvature = dot(step, change);
    if (!(curvature > 1e-300)) {
      return fresh;
    }
    if (fresh) {
      double scale = curvature / dot(change, change);
      for (int i = 0; i < n; i++) {
        inverseHessian[i][i] = scale;
      }
    }
    for (int i = 0; i < n; i++) {
      product[i] = dot(inverseHessian[i], change);
    }
    double c = (1 + dot(change, product) / curvature) / curvature;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        inverseHessian[i][j] +=
            c * step[i] * step[j] - (product[i] * step[j] + step[i] * product[j]) / curvature;
      }
    }
    return false;
  }

  private double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private double largest(double[] values) {
    double largest = 0;
    for (int i = 0; i < n; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }
}
