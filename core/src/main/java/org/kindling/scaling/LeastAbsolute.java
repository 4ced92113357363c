package org.kindling.scaling;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Least absolute deviations of ln L: the most likely law if errors follow Laplace's distribution
 * with a scale of their own, which is what the Huber likelihood with a fitted scale comes to.
 *
 * <p>The sum of absolute values has kinks, and its lowest point is one: there as many points lie on
 * the law as it has parameters. The search goes through Huber losses of ever smaller δ and ends by
 * putting those points on the law.
 *
 * @see <a href="https://arxiv.org/abs/2404.10102">Besiroglu et al. 2024, section 3</a>
 */
final class LeastAbsolute {
  private static final double[] DELTAS = {1e-3, 1e-4, 1e-5, 1e-6, 1e-7};
  private static final double TOLERANCE = 1e-9;
  private static final int NEWTON_STEPS = 20;

  private LeastAbsolute() {}

  /**
   * The best law reached from any of the starts.
   *
   * @param starts [6] each, ln E, ln A, α, ln B, β, ln γ of a formula
   * @return [6], likewise
   */
  static double[] search(LawForm form, List<ScalingPoint> points, List<double[]> starts) {
    FormObjective coarse = new FormObjective(form, points, DELTAS[0]);
    Bfgs bfgs = new Bfgs(coarse, TOLERANCE);
    double lowest = Double.POSITIVE_INFINITY;
    double[] best = coarse.centred(form.completed(starts.get(0)));
    for (double[] start : starts) {
      double[] at = coarse.centred(form.completed(start));
      double value = bfgs.minimize(at);
      if (value < lowest) {
        lowest = value;
        best = at;
      }
    }
    for (int k = 1; k < DELTAS.length; k++) {
      new Bfgs(new FormObjective(form, points, DELTAS[k]), TOLERANCE).minimize(best);
    }
    return coarse.uncentred(ontoPoints(coarse, best));
  }

  static double sum(double[] residuals) {
    return Arrays.stream(residuals).map(Math::abs).sum();
  }

  /** Puts the nearest points onto the law, if that is better. */
  private static double[] ontoPoints(FormObjective objective, double[] at) {
    double[] residuals = objective.residuals(at);
    int n = objective.dimensions();
    if (residuals.length < n) {
      return at;
    }
    int[] nearest =
        IntStream.range(0, residuals.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> Math.abs(residuals[i])))
            .limit(n)
            .mapToInt(i -> i)
            .toArray();
    double[] moved = at.clone();
    for (int step = 0; step < NEWTON_STEPS; step++) {
      if (!newton(objective, moved, nearest)) {
        return at;
      }
    }
    return sum(objective.residuals(moved)) < sum(residuals) ? moved : at;
  }

  private static boolean newton(FormObjective objective, double[] at, int[] points) {
    int n = points.length;
    double[] residuals = objective.residuals(at);
    double[][] rows = new double[n][];
    double[] right = new double[n];
    for (int i = 0; i < n; i++) {
      rows[i] = objective.slopes(at, points[i]);
      right[i] = residuals[points[i]];
    }
    double[] step = LinearSystem.solve(rows, right);
    if (step == null) {
      return false;
    }
    for (int k = 0; k < n; k++) {
      at[k] += step[k];
    }
    return true;
  }
}
