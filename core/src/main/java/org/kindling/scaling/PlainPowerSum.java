package org.kindling.scaling;

import java.util.Arrays;

/** Short loops on any JVM, and what the vectorised twin is tested against. */
final class PlainPowerSum implements PowerSumKernel {
  @Override
  public double valueAndGradient(PowerSumPoints points, double[] at, double[] gradient) {
    for (int t = 0; t < points.terms(); t++) {
      raise(at[1 + 2 * t], at[2 + 2 * t], points.x[t], points.powers[t]);
    }
    double constant = Math.exp(Math.min(at[0], PowerSumObjective.LARGEST_EXPONENT));
    Arrays.fill(gradient, 0);
    double value = 0;
    for (int i = 0; i < points.padded(); i++) {
      double sum = constant;
      for (int t = 0; t < points.terms(); t++) {
        sum += points.powers[t][i];
      }
      double residual = points.logLoss[i] - Math.log(sum);
      double delta = PowerSumObjective.DELTA;
      double clipped = Math.max(-delta, Math.min(delta, residual));
      value += points.weights[i] * clipped * (residual - 0.5 * clipped);
      double pull = -points.weights[i] * clipped / sum;
      gradient[0] += pull;
      for (int t = 0; t < points.terms(); t++) {
        double slope = pull * points.powers[t][i];
        gradient[1 + 2 * t] += slope;
        gradient[2 + 2 * t] -= slope * points.x[t][i];
      }
    }
    gradient[0] *= constant;
    return value;
  }

  private static void raise(double a, double alpha, double[] x, double[] out) {
    for (int i = 0; i < x.length; i++) {
      out[i] = Math.exp(Math.min(a - alpha * x[i], PowerSumObjective.LARGEST_EXPONENT));
    }
  }
}
