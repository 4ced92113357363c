package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * loss = level + slope·u + curvature·u², u = ln N − centre.
 *
 * @param centre mean of ln N
 */
public record Parabola(double centre, double level, double slope, double curvature) {
  /**
   * Least squares, by polynomials orthogonal on the given sizes.
   *
   * @param logParameters [points], at least three different values
   * @param losses [points]
   */
  static Parabola through(double[] logParameters, double[] losses) {
    int n = losses.length;
    double centre = java.util.Arrays.stream(logParameters).average().orElseThrow();
    double s2 = 0;
    double s3 = 0;
    for (double x : logParameters) {
      double u = x - centre;
      s2 += u * u;
      s3 += u * u * u;
    }
    double mean = 0;
    double linear = 0;
    double quadratic = 0;
    double norm = 0;
    for (int i = 0; i < n; i++) {
      double u = logParameters[i] - centre;
      // u² without what a constant and a line explain of it.
      double q = u * u - s2 / n - s3 / s2 * u;
      mean += losses[i] / n;
      linear += losses[i] * u / s2;
      quadratic += losses[i] * q;
      norm += q * q;
    }
    double curvature = quadratic / norm;
    return new Parabola(centre, mean - curvature * s2 / n, linear - curvature * s3 / s2, curvature);
  }

  public double loss(double parameters) {
    double u = Math.log(parameters) - centre;
    return level + u * (slope + curvature * u);
  }

  /** ln N of the lowest point, NaN if there is none. */
  @JsonIgnore
  double minimumLogParameters() {
    return curvature > 0 ? centre - slope / (2 * curvature) : Double.NaN;
  }
}
