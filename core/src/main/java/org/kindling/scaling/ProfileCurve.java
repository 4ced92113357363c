package org.kindling.scaling;

import java.util.List;

/**
 * How the likelihood falls when one quantity is held away from its estimate and all else is fitted
 * again.
 *
 * @param name E, alpha, beta, or a of N_opt ∝ C^a
 * @param estimate by least absolute deviations
 * @param interval 95%; a side on which the likelihood does not fall far enough is null in JSON
 * @param threshold of the deviance at the ends of the interval
 * @param points of the curve
 */
public record ProfileCurve(
    String name, double estimate, Interval interval, double threshold, List<Point> points) {
  /**
   * @param deviance twice the fall of the log likelihood
   */
  public record Point(double value, double deviance) {}
}
