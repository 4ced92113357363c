package org.kindling.scaling;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * Laws refitted to resamples of the points, and 95% intervals from them.
 *
 * <p>The middle 95% of the resamples is too narrow where points are few: a law with five parameters
 * bends to its points and leaves residuals smaller than the noise. Intervals are therefore widened
 * around the estimate by √(n/(n−5)) and by Student's quantile over the normal one, which is a
 * factor of 1.39 at 15 points and of 1.01 at 240.
 */
final class Bootstrap {
  /** Resamples of fewer points say little but that they are few. */
  static final int FEWEST_POINTS = 8;

  private static final double NORMAL_QUANTILE = 1.959964;

  private final ParametricLaw estimate;
  private final List<ParametricLaw> laws;
  private final double student;
  private final double factor;

  private Bootstrap(ParametricLaw estimate, List<ParametricLaw> laws, int points) {
    this.estimate = estimate;
    this.laws = laws;
    int freedom = Math.max(1, points - ParametricFit.PARAMETERS);
    this.student = new TDistribution(freedom).inverseCumulativeProbability(0.975);
    this.factor = Math.sqrt((double) points / freedom) * student / NORMAL_QUANTILE;
  }

  /** Resamples and refits; no laws, hence no intervals, if there are too few points. */
  static Bootstrap of(List<ScalingPoint> points, ParametricLaw estimate, int resamples, long seed) {
    List<ParametricLaw> laws = new ArrayList<>();
    if (points.size() >= FEWEST_POINTS) {
      PowerSumObjective all = ParametricFit.objective(points).repeatable();
      List<double[]> starts = starts(all, estimate);
      SplittableRandom random = new SplittableRandom(seed);
      for (int i = 0; i < resamples; i++) {
        PowerSumObjective resample = all.weighted(draw(points.size(), random));
        laws.add(ParametricFit.law(all.uncentred(StartGrid.refit(resample, starts))));
      }
    }
    return new Bootstrap(estimate, laws, points.size());
  }

  /**
   * The optimum of all points, and steeper and flatter laws: a resample may have left its valley.
   */
  private static List<double[]> starts(PowerSumObjective objective, ParametricLaw estimate) {
    double[] best = objective.centred(ParametricFit.logarithms(estimate));
    List<double[]> starts = new ArrayList<>();
    starts.add(best);
    for (double[] stretch : new double[][] {{0.5, 0.5}, {2, 2}, {0.5, 2}, {2, 0.5}}) {
      double[] start = best.clone();
      start[0] = Math.min(Math.max(best[0], -2), 2);
      start[2] *= stretch[0];
      start[4] *= stretch[1];
      starts.add(start);
    }
    return starts;
  }

  private static int[] draw(int points, SplittableRandom random) {
    int[] counts = new int[points];
    int different = 0;
    while (different < ParametricFit.PARAMETERS) {
      java.util.Arrays.fill(counts, 0);
      different = 0;
      for (int i = 0; i < points; i++) {
        int k = random.nextInt(points);
        different += counts[k]++ == 0 ? 1 : 0;
      }
    }
    return counts;
  }

  /** By which a standard error is multiplied for a 95% interval. */
  double studentQuantile() {
    return student;
  }

  /** The interval of a quantity that may take any value; null without resamples. */
  Interval interval(ToDoubleFunction<ParametricLaw> quantity) {
    double[] sample = laws.stream().mapToDouble(quantity).filter(Double::isFinite).toArray();
    // Where many resamples have no such quantity, the rest would look more certain than it is.
    return sample.length < 0.95 * laws.size() || laws.isEmpty()
        ? null
        : Interval.middle95(sample).widenedAround(quantity.applyAsDouble(estimate), factor);
  }

  /**
   * The interval of a positive quantity, widened on a logarithmic scale; null without resamples.
   */
  Interval positiveInterval(ToDoubleFunction<ParametricLaw> quantity) {
    Interval logarithms = interval(law -> Math.log(quantity.applyAsDouble(law)));
    return logarithms == null
        ? null
        : new Interval(Math.exp(logarithms.lower()), Math.exp(logarithms.upper()));
  }

  /** By the names of fit.json; what has no interval is left out. */
  Map<String, Interval> intervals() {
    Map<String, Interval> named = new LinkedHashMap<>();
    Interval irreducible = interval(ParametricLaw::irreducible);
    named.put(
        "E",
        irreducible == null
            ? null
            : new Interval(Math.max(0, irreducible.lower()), irreducible.upper()));
    named.put("A", positiveInterval(ParametricLaw::parametersScale));
    named.put("B", positiveInterval(ParametricLaw::tokensScale));
    named.put("alpha", interval(ParametricLaw::alpha));
    named.put("beta", interval(ParametricLaw::beta));
    named.put("a", interval(ParametricLaw::parametersExponent));
    named.put("b", interval(ParametricLaw::tokensExponent));
    named.values().removeIf(java.util.Objects::isNull);
    return named;
  }
}
