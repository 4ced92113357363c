package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;

/** Minimises from many starts and keeps the lowest point. */
final class StartGrid {
  private static final double GRADIENT_TOLERANCE = 1e-8;

  /** Of resamples, whose interval is known to a few digits. */
  private static final double REFIT_TOLERANCE = 1e-6;

  private static final double POLISH_TOLERANCE = 1e-12;
  private static final double SAME_OPTIMUM = 1e-7;

  /** Logarithmic residuals of this size are noise of the arithmetic: the fit is exact. */
  private static final double EXACT_RESIDUAL = 1e-7;

  /**
   * Where the search ended.
   *
   * @param best [dimensions], of centred variables
   * @param starts tried
   * @param startsAtOptimum that reached the lowest value
   * @param basins where starts ended, from the lowest
   */
  record Result(double[] best, double value, int starts, int startsAtOptimum, List<Basin> basins) {}

  private StartGrid() {}

  /**
   * The published grid for E, A, α, B, β: 4500 starts.
   *
   * @see <a href="https://arxiv.org/abs/2203.15556">Hoffmann et al. 2022, appendix D.3</a>
   */
  static List<double[]> parametric() {
    List<double[]> starts = new ArrayList<>();
    for (int alpha = 0; alpha < 5; alpha++) {
      for (int beta = 0; beta < 5; beta++) {
        for (int e = 0; e < 5; e++) {
          for (int a = 0; a < 6; a++) {
            for (int b = 0; b < 6; b++) {
              starts.add(new double[] {-1 + 0.5 * e, 5 * a, 0.5 * alpha, 5 * b, 0.5 * beta});
            }
          }
        }
      }
    }
    return starts;
  }

  /** The same grid for c, a, b of a·C^−b + c, with smaller exponents: those of C are. */
  static List<double[]> power() {
    List<double[]> starts = new ArrayList<>();
    for (int e = 0; e < 5; e++) {
      for (int a = 0; a < 6; a++) {
        for (int b = 0; b < 5; b++) {
          starts.add(new double[] {-1 + 0.5 * e, 2 * a, 0.05 + 0.1 * b});
        }
      }
    }
    return starts;
  }

  /** The lowest point reached from any of the starts, which are given for variables not centred. */
  static Result search(PowerSumObjective objective, List<double[]> starts) {
    Bfgs bfgs = new Bfgs(objective, GRADIENT_TOLERANCE);
    double[] values = new double[starts.size()];
    List<double[]> ends = new ArrayList<>();
    double[] best = null;
    double lowest = Double.POSITIVE_INFINITY;
    for (int i = 0; i < values.length; i++) {
      double[] at = objective.centred(starts.get(i));
      values[i] = bfgs.minimize(at);
      ends.add(at);
      if (values[i] < lowest) {
        lowest = values[i];
        best = at.clone();
      }
    }
    if (best == null) {
      throw new UnfittableException(
          "fit: no start reached a finite objective; check the sizes of parameters, tokens, loss");
    }
    double value = polish(objective.repeatable(), best);
    double exact = objective.points() * EXACT_RESIDUAL * EXACT_RESIDUAL / PowerSumObjective.DELTA;
    double limit = Math.max(value, lowest) * (1 + SAME_OPTIMUM) + exact;
    int reached = 0;
    for (double v : values) {
      reached += v <= limit ? 1 : 0;
    }
    List<Basin> basins =
        objective.dimensions() == ParametricFit.PARAMETERS
            ? Basin.of(values, ends.stream().map(objective::uncentred).toList())
            : List.of();
    return new Result(best, value, values.length, reached, basins);
  }

  /**
   * Goes on from a found optimum to the end. Rounding first makes the result the same for optima
   * that differ in their last bits only.
   */
  private static double polish(PowerSumObjective objective, double[] at) {
    for (int k = 0; k < at.length; k++) {
      at[k] = Math.rint(at[k] * 1e6) / 1e6;
    }
    return new Bfgs(objective, POLISH_TOLERANCE).minimize(at);
  }

  /** The lowest point reached from a few starts given for centred variables; none is changed. */
  static double[] refit(Objective objective, List<double[]> centredStarts) {
    Bfgs bfgs = new Bfgs(objective, GRADIENT_TOLERANCE);
    double lowest = Double.POSITIVE_INFINITY;
    double[] best = centredStarts.get(0);
    for (double[] start : centredStarts) {
      double[] at = start.clone();
      double value = bfgs.minimize(at);
      if (value < lowest) {
        lowest = value;
        best = at;
      }
    }
    return best;
  }

  /** The lowest point near a start where the curvature is known. */
  static double[] refit(Objective objective, double[] centredStart, double[][] inverseHessian) {
    double[] at = centredStart.clone();
    new Bfgs(objective, REFIT_TOLERANCE).minimize(at, inverseHessian);
    return at;
  }
}
