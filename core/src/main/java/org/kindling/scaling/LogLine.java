package org.kindling.scaling;

/**
 * A power law y = coefficient·x^exponent, by least squares of logarithms.
 *
 * @param residual root mean square of ln y − ln fitted
 */
public record LogLine(double coefficient, double exponent, double residual) {
  static LogLine through(double[] x, double[] y) {
    int n = x.length;
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < n; i++) {
      meanX += Math.log(x[i]) / n;
      meanY += Math.log(y[i]) / n;
    }
    double sxx = 0;
    double sxy = 0;
    double syy = 0;
    for (int i = 0; i < n; i++) {
      double u = Math.log(x[i]) - meanX;
      double v = Math.log(y[i]) - meanY;
      sxx += u * u;
      sxy += u * v;
      syy += v * v;
    }
    double exponent = sxy / sxx;
    double rest = Math.max(0, syy - exponent * sxy);
    return new LogLine(Math.exp(meanY - exponent * meanX), exponent, Math.sqrt(rest / n));
  }

  public double at(double x) {
    return coefficient * Math.pow(x, exponent);
  }
}
