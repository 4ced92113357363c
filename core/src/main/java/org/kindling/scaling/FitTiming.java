package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How long the search from the published grid and the refits of resamples take on one thread.
 *
 * @param points fitted
 * @param starts of the grid
 * @param startsAtOptimum of them
 * @param objective at the optimum
 * @param gridSeconds median
 * @param resamples refitted
 * @param bootstrapSeconds median
 */
public record FitTiming(
    int points,
    int starts,
    int startsAtOptimum,
    double objective,
    double gridSeconds,
    int resamples,
    double bootstrapSeconds) {
  /** Times the fit of these rows, after as many untimed runs as it takes to compile it. */
  public static FitTiming of(
      List<EvaluationRow> rows, FitSettings settings, int resamples, int warmups, int runs) {
    List<ScalingPoint> points = PointSelection.of(rows, settings).points();
    ParametricFit fit = null;
    List<Double> grid = new ArrayList<>();
    List<Double> bootstrap = new ArrayList<>();
    for (int run = 0; run < warmups + runs; run++) {
      long start = System.nanoTime();
      fit = ParametricFit.of(points);
      long searched = System.nanoTime();
      Bootstrap.of(points, fit.law(), resamples, settings.seed() + run);
      long end = System.nanoTime();
      if (run >= warmups) {
        grid.add((searched - start) * 1e-9);
        bootstrap.add((end - searched) * 1e-9);
      }
    }
    return new FitTiming(
        points.size(),
        fit.starts(),
        fit.startsAtOptimum(),
        fit.objective(),
        median(grid),
        resamples,
        median(bootstrap));
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(v -> v).sorted().toArray();
    int n = sorted.length;
    return Arrays.stream(sorted, (n - 1) / 2, n / 2 + 1).average().orElseThrow();
  }

  /**
   * Points around a published law with errors as fits to published points leave: 0.7% of Laplace.
   */
  public static List<EvaluationRow> example(int points, long seed) {
    ParametricLaw law = new ParametricLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658);
    java.util.SplittableRandom random = new java.util.SplittableRandom(seed);
    List<EvaluationRow> rows = new ArrayList<>();
    for (int i = 0; i < points; i++) {
      double n = 6e7 * Math.pow(200, random.nextDouble());
      double d = n * 20 * Math.pow(30, random.nextDouble() - 0.5);
      double u = random.nextDouble() - 0.5;
      double error = -0.005 * Math.signum(u) * Math.log1p(-2 * Math.abs(u));
      double loss = law.loss(n, d) * Math.exp(error);
      rows.add(
          new EvaluationRow(
              "run " + i,
              "",
              -1,
              n,
              Double.NaN,
              d,
              Flops.ofTraining(n, d),
              loss,
              Double.NaN,
              true));
    }
    return rows;
  }
}
