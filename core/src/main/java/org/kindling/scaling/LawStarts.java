package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;

/**
 * Starts that lie in the middle of the points: given E, α, β and γ, the scales are those at which
 * both terms are alike at the mean size and tokens. A few of them find what the published grid
 * finds, which mostly lies far from any data.
 */
final class LawStarts {
  private static final double[] SHARES_OF_E = {0.3, 0.7, 0.95};
  private static final double[] EXPONENTS = {0.2, 0.5, 1};
  private static final double[] OUTER = {0.15, 0.4, 1, 1.6};
  private static final double[] KAPLAN_OUTER = {0.03, 0.07, 0.15, 0.3, 0.6};
  private static final double[] KAPLAN_INNER = {0.3, 0.7, 1, 1.6};

  private LawStarts() {}

  /** [27][6]: ln E, ln A, α, ln B, β, ln γ = 0 of a formula. */
  static List<double[]> hoffmann(List<ScalingPoint> points) {
    return of(points, SHARES_OF_E, new double[] {1});
  }

  /** With outer exponents too. */
  static List<double[]> general(List<ScalingPoint> points) {
    return of(points, SHARES_OF_E, OUTER);
  }

  /** Of Kaplan's form: without E, the inner exponent of tokens 1. */
  static List<double[]> kaplan(List<ScalingPoint> points) {
    double meanX = mean(points, 0);
    double meanZ = mean(points, 1);
    List<double[]> starts = new ArrayList<>();
    for (double gamma : KAPLAN_OUTER) {
      double half = mean(points, 2) / gamma - Math.log(2);
      for (double a : KAPLAN_INNER) {
        starts.add(new double[] {0, half + a * meanX, a, half + meanZ, 1, Math.log(gamma)});
      }
    }
    return starts;
  }

  private static List<double[]> of(List<ScalingPoint> points, double[] shares, double[] outer) {
    double meanX = mean(points, 0);
    double meanZ = mean(points, 1);
    double loss = Math.exp(mean(points, 2));
    double least = points.stream().mapToDouble(ScalingPoint::loss).min().orElseThrow();
    List<double[]> starts = new ArrayList<>();
    for (double share : shares) {
      double e = share * least;
      for (double gamma : outer) {
        double half = Math.log(loss - e) / gamma - Math.log(2);
        for (double alpha : EXPONENTS) {
          for (double beta : EXPONENTS) {
            // The outer exponent multiplies the inner ones.
            double a = alpha / gamma;
            double b = beta / gamma;
            starts.add(
                new double[] {
                  Math.log(e), half + a * meanX, a, half + b * meanZ, b, Math.log(gamma)
                });
          }
        }
      }
    }
    return starts;
  }

  private static double mean(List<ScalingPoint> points, int what) {
    return points.stream()
        .mapToDouble(p -> what == 0 ? p.parameters() : what == 1 ? p.tokens() : p.loss())
        .map(Math::log)
        .average()
        .orElseThrow();
  }
}
