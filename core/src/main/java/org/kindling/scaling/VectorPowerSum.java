package org.kindling.scaling;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link PlainPowerSum} in vector registers. 4500 starts on 240 points take BENCH s instead of 2.3
 * s on one Zen 4 core.
 */
final class VectorPowerSum implements PowerSumKernel {
  private static final VectorSpecies<Double> SPECIES =
      DoubleVector.SPECIES_PREFERRED.length() <= PowerSumPoints.LANES
          ? DoubleVector.SPECIES_PREFERRED
          : DoubleVector.SPECIES_512;

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
      DoubleVector.fromArray(SPECIES, x, i)
          .fma(slope, offset)
          .min(PowerSumObjective.LARGEST_EXPONENT)
          .lanewise(VectorOperators.EXP)
          .intoArray(out, i);
    }
  }

  /** Fills {@code points.pull}, puts its sum into {@code gradient[0]} and returns the value. */
  private static double pull(PowerSumPoints points, double constant, double[] gradient) {
    DoubleVector value = DoubleVector.zero(SPECIES);
    DoubleVector total = DoubleVector.zero(SPECIES);
    for (int i = 0; i < points.padded(); i += SPECIES.length()) {
      DoubleVector sum = DoubleVector.broadcast(SPECIES, constant);
      for (int t = 0; t < points.powers.length; t++) {
        sum = sum.add(DoubleVector.fromArray(SPECIES, points.powers[t], i));
      }
      DoubleVector residual =
          DoubleVector.fromArray(SPECIES, points.logLoss, i).sub(sum.lanewise(VectorOperators.LOG));
      DoubleVector clipped = residual.min(PowerSumObjective.DELTA).max(-PowerSumObjective.DELTA);
      DoubleVector weighted = clipped.mul(DoubleVector.fromArray(SPECIES, points.weights, i));
      value = weighted.fma(residual.sub(clipped.mul(0.5)), value);
      DoubleVector pull = weighted.neg().div(sum);
      pull.intoArray(points.pull, i);
      total = total.add(pull);
    }
    gradient[0] = total.reduceLanes(VectorOperators.ADD);
    return value.reduceLanes(VectorOperators.ADD);
  }

  private static void slopes(
      double[] pull, double[] powers, double[] x, double[] gradient, int first) {
    DoubleVector byOffset = DoubleVector.zero(SPECIES);
    DoubleVector byExponent = DoubleVector.zero(SPECIES);
    for (int i = 0; i < pull.length; i += SPECIES.length()) {
      DoubleVector slope =
          DoubleVector.fromArray(SPECIES, pull, i).mul(DoubleVector.fromArray(SPECIES, powers, i));
      byOffset = byOffset.add(slope);
      byExponent = slope.fma(DoubleVector.fromArray(SPECIES, x, i), byExponent);
    }
    gradient[first] = byOffset.reduceLanes(VectorOperators.ADD);
    gradient[first + 1] = -byExponent.reduceLanes(VectorOperators.ADD);
  }
}
