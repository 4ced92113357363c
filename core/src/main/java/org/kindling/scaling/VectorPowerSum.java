package org.kindling.scaling;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorSpecies;

/** {@link PlainPowerSum} in vector registers, four to eight points at a time. */
final class VectorPowerSum implements PowerSumKernel {
  private static final VectorSpecies<Double> SPECIES = VectorMath.SPECIES;

  private static final double SMALLEST_EXPONENT = -700;

  private final double[] lanes = new double[PowerSumPoints.LANES];

  @Override
  public double valueAndGradient(PowerSumPoints points, double[] at, double[] gradient) {
    for (int t = 0; t < points.terms(); t++) {
      raise(at[1 + 2 * t], at[2 + 2 * t], points.x[t], points.powers[t]);
    }
    double constant = Math.exp(Math.min(at[0], PowerSumObjective.LARGEST_EXPONENT));
    double value = pull(points, constant, gradient);
    gradient[0] *= constant;
    for (int t = 0; t < points.terms(); t++) {
      slopes(points.pull, points.powers[t], points.x[t], gradient, 1 + 2 * t);
    }
    return value;
  }

  private static void raise(double a, double alpha, double[] x, double[] out) {
    DoubleVector offset = DoubleVector.broadcast(SPECIES, a);
    DoubleVector slope = DoubleVector.broadcast(SPECIES, -alpha);
    for (int i = 0; i < x.length; i += SPECIES.length()) {
      DoubleVector exponent =
          DoubleVector.fromArray(SPECIES, x, i)
              .fma(slope, offset)
              .min(PowerSumObjective.LARGEST_EXPONENT)
              .max(SMALLEST_EXPONENT);
      VectorMath.exp(exponent).intoArray(out, i);
    }
  }

  /** Fills {@code points.pull}, puts its sum into {@code gradient[0]} and returns the value. */
  private double pull(PowerSumPoints points, double constant, double[] gradient) {
    DoubleVector value = DoubleVector.zero(SPECIES);
    DoubleVector total = DoubleVector.zero(SPECIES);
    for (int i = 0; i < points.padded(); i += SPECIES.length()) {
      DoubleVector sum = DoubleVector.broadcast(SPECIES, constant);
      for (int t = 0; t < points.powers.length; t++) {
        sum = sum.add(DoubleVector.fromArray(SPECIES, points.powers[t], i));
      }
      DoubleVector residual =
          DoubleVector.fromArray(SPECIES, points.logLoss, i).sub(VectorMath.log(sum));
      DoubleVector clipped = residual.min(PowerSumObjective.DELTA).max(-PowerSumObjective.DELTA);
      DoubleVector weighted = clipped.mul(DoubleVector.fromArray(SPECIES, points.weights, i));
      value = weighted.fma(residual.sub(clipped.mul(0.5)), value);
      DoubleVector pull = weighted.neg().div(sum);
      pull.intoArray(points.pull, i);
      total = total.add(pull);
    }
    gradient[0] = sum(total);
    return sum(value);
  }

  private void slopes(double[] pull, double[] powers, double[] x, double[] gradient, int first) {
    DoubleVector byOffset = DoubleVector.zero(SPECIES);
    DoubleVector byExponent = DoubleVector.zero(SPECIES);
    for (int i = 0; i < pull.length; i += SPECIES.length()) {
      DoubleVector slope =
          DoubleVector.fromArray(SPECIES, pull, i).mul(DoubleVector.fromArray(SPECIES, powers, i));
      byOffset = byOffset.add(slope);
      byExponent = slope.fma(DoubleVector.fromArray(SPECIES, x, i), byExponent);
    }
    gradient[first] = sum(byOffset);
    gradient[first + 1] = -sum(byExponent);
  }

  /** In the order of the lanes, which a reduction of the JVM does not promise. */
  private double sum(DoubleVector vector) {
    vector.intoArray(lanes, 0);
    double sum = 0;
    for (int i = 0; i < SPECIES.length(); i++) {
      sum += lanes[i];
    }
    return sum;
  }
}
