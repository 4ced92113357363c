package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Everything that evaluations say about scaling: three fits, a check on held-out runs, and what to
 * beware of. This is {@code fit.json}.
 *
 * <pre>{@code
 * List<EvaluationRow> rows = EvaluationsCsv.read(reader, "evaluations.csv");
 * ScalingFit fit = ScalingFit.of(rows, FitSettings.DEFAULTS);
 * fit.parametric().law().loss(1e9, 2e10);
 * String json = FitJson.write(fit);
 * }</pre>
 *
 * <p>Deterministic for given rows and settings, but for {@code seconds}.
 *
 * @param family of the runs fitted
 * @param flopsPerParameterToken k of C = k·N·D, by which budgets are divided
 * @param optimal by the parametric law, at each budget and beyond; empty if it has no optimum
 * @param seconds spent
 */
public record ScalingFit(
    FitSettings settings,
    String family,
    double flopsPerParameterToken,
    ParametricFit parametric,
    IsoFlopFit isoflop,
    EnvelopeFit envelope,
    List<Allocation> optimal,
    HeldOut heldOut,
    Seconds seconds,
    List<String> warnings,
    List<Exclusion> excluded) {

  /** Wall time of the search over starts and of the resampling. */
  public record Seconds(double grid, double bootstrap) {}

  /** Beyond this many budgets, a continuum of runs gets a few round numbers instead. */
  private static final int MOST_BUDGETS = 12;

  private static final double[] EXTRAPOLATIONS = {10, 100};

  private static final double SAME_RESIDUAL = 1e-9;

  /** FLOPs by the 6·N·D rule but for rounding are taken to be by that rule. */
  private static final double ROUNDING = 2e-3;

  /**
   * Fits all rows that may be fitted.
   *
   * @throws UnfittableException if there are too few, or several families
   */
  public static ScalingFit of(List<EvaluationRow> rows, FitSettings settings) {
    PointSelection selection = PointSelection.of(rows, settings);
    List<ScalingPoint> points = selection.points();
    long start = System.nanoTime();
    ParametricFit bare = ParametricFit.of(points);
    long searched = System.nanoTime();
    Bootstrap bootstrap = Bootstrap.of(points, bare.law(), settings.bootstrap(), settings.seed());
    ParametricFit parametric = bare.with(bootstrap.intervals());
    Seconds seconds = new Seconds(seconds(start, searched), seconds(searched, System.nanoTime()));
    double k = flopsPerParameterToken(points);
    List<String> warnings = new ArrayList<>(selection.warnings());
    warnings.addAll(FitWarnings.of(parametric, points));
    return new ScalingFit(
        settings,
        selection.family(),
        k,
        parametric,
        IsoFlopFit.of(points, settings.bootstrap(), settings.seed()),
        EnvelopeFit.of(points),
        optimal(points, parametric.law(), k, bootstrap),
        HeldOut.of(points, settings),
        seconds,
        warnings,
        selection.excluded());
  }

  /** Whether this is a fit of these rows and not of others, or of an older version of them. */
  public boolean isOf(List<EvaluationRow> rows) {
    List<ScalingPoint> points = PointSelection.of(rows, settings).points();
    return points.size() == parametric.points()
        && Math.abs(ParametricFit.residual(parametric.law(), points) - parametric.residual())
            < SAME_RESIDUAL;
  }

  private static double seconds(long from, long to) {
    return (to - from) * 1e-9;
  }

  private static double flopsPerParameterToken(List<ScalingPoint> points) {
    double k = Budget.geometricFlopsPerParameterToken(points);
    double six = Flops.PER_PARAMETER_AND_TOKEN;
    return Math.abs(k / six - 1) < ROUNDING ? six : k;
  }

  private static List<Allocation> optimal(
      List<ScalingPoint> points, ParametricLaw law, double k, Bootstrap bootstrap) {
    if (!law.hasOptimum()) {
      return List.of();
    }
    double largest = points.stream().mapToDouble(ScalingPoint::flops).max().orElseThrow();
    double smallest = points.stream().mapToDouble(ScalingPoint::flops).min().orElseThrow();
    List<Budget> budgets = Budget.group(points);
    DoubleStream within =
        budgets.size() <= MOST_BUDGETS
            ? budgets.stream().mapToDouble(Budget::flops)
            : DoubleStream.of(smallest, Math.sqrt(smallest * largest), largest);
    DoubleStream beyond = DoubleStream.of(EXTRAPOLATIONS).map(factor -> factor * largest);
    return DoubleStream.concat(within, beyond)
        .mapToObj(
            flops ->
                new Allocation(
                    flops,
                    law.optimalParameters(flops, k),
                    law.optimalTokens(flops, k),
                    law.optimalLoss(flops, k),
                    bootstrap.interval(l -> l.optimalParameters(flops, k)),
                    bootstrap.interval(l -> l.optimalLoss(flops, k)),
                    flops > largest))
        .toList();
  }
}
