package org.kindling.scaling;

import java.util.Arrays;
import java.util.List;

/**
 * How badly the general law L = E + (A/N^α + B/D^β)^γ explains measured losses, with some of its
 * parameters held: the sum over points of the Huber loss of ln measured − ln L, divided by δ. With
 * a small δ that is the sum of absolute deviations.
 *
 * <p>Parameters, in this order: ln E, ln A, α, ln B, β, ln γ; A and B of centred ln N and ln D.
 */
final class FormObjective implements Objective {
  static final int ALL = 6;
  private static final double LARGEST = 300;

  private final double[] x;
  private final double[] z;
  private final double[] logLoss;
  private final double meanX;
  private final double meanZ;
  private final LawForm form;
  private final int[] free;
  private final double delta;
  private final double[] full = new double[ALL];
  private final double[] slope = new double[ALL];

  FormObjective(LawForm form, List<ScalingPoint> points, double delta) {
    this.form = form;
    this.delta = delta;
    this.free = form.free();
    double[] logN = points.stream().mapToDouble(p -> Math.log(p.parameters())).toArray();
    double[] logD = points.stream().mapToDouble(p -> Math.log(p.tokens())).toArray();
    this.meanX = Arrays.stream(logN).average().orElseThrow();
    this.meanZ = Arrays.stream(logD).average().orElseThrow();
    this.x = Arrays.stream(logN).map(v -> v - meanX).toArray();
    this.z = Arrays.stream(logD).map(v -> v - meanZ).toArray();
    this.logLoss = points.stream().mapToDouble(p -> Math.log(p.loss())).toArray();
  }

  @Override
  public int dimensions() {
    return free.length;
  }

  /** All six parameters of centred variables, from the free ones. */
  private void expand(double[] at) {
    System.arraycopy(form.held(), 0, full, 0, ALL);
    for (int k = 0; k < free.length; k++) {
      full[free[k]] = at[k];
    }
  }

  /** The free parameters of centred variables, from all six of a formula. */
  double[] centred(double[] law) {
    double[] all = law.clone();
    all[1] -= all[2] * meanX;
    all[3] -= all[4] * meanZ;
    return Arrays.stream(free).mapToDouble(k -> all[k]).toArray();
  }

  /** The inverse of {@link #centred}. */
  double[] uncentred(double[] at) {
    expand(at);
    double[] law = full.clone();
    law[1] += law[2] * meanX;
    law[3] += law[4] * meanZ;
    return law;
  }

  @Override
  public double valueAndGradient(double[] at, double[] gradient) {
    expand(at);
    Arrays.fill(gradient, 0);
    double value = 0;
    for (int i = 0; i < x.length; i++) {
      double residual = logLoss[i] - logLaw(i);
      double clipped = Math.max(-delta, Math.min(delta, residual));
      value += clipped * (residual - 0.5 * clipped);
      for (int k = 0; k < free.length; k++) {
        gradient[k] -= clipped * slope[free[k]] / delta;
      }
    }
    return value / delta;
  }

  /** ln L of a point, with its derivatives in {@code slope}. */
  private double logLaw(int i) {
    double gamma = Math.exp(Math.min(full[5], 10));
    double byN = Math.exp(Math.min(full[1] - full[2] * x[i], LARGEST));
    double byD = Math.exp(Math.min(full[3] - full[4] * z[i], LARGEST));
    double sum = byN + byD;
    double logSum = Math.log(sum);
    double reducible = Math.exp(Math.min(gamma * logSum, LARGEST));
    double constant = Math.exp(Math.min(full[0], LARGEST));
    double law = constant + reducible;
    double share = reducible / law;
    slope[0] = constant / law;
    slope[1] = share * gamma * byN / sum;
    slope[2] = -slope[1] * x[i];
    slope[3] = share * gamma * byD / sum;
    slope[4] = -slope[3] * z[i];
    slope[5] = share * gamma * logSum;
    return Math.log(law);
  }

  /** ln measured − ln L of each point. */
  double[] residuals(double[] at) {
    expand(at);
    double[] residuals = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      residuals[i] = logLoss[i] - logLaw(i);
    }
    return residuals;
  }

  /** Derivatives of ln L of a point by the free parameters. */
  double[] slopes(double[] at, int point) {
    expand(at);
    logLaw(point);
    return Arrays.stream(free).mapToDouble(k -> slope[k]).toArray();
  }
}
