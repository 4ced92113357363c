package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.DoubleStream;

/**
 * Everything that evaluations say about scaling: the fits, checks on held-out runs, and what to
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
 * @param flopsFormula by which C is counted, in words
 * @param flopsPerParameterToken k of C = k·N·D, by which budgets are divided
 * @param leastAbsolute approach 3 with a fitted scale
 * @param power L(C)
 * @param forms of L(N, D) side by side
 * @param optimal by the parametric law, at each budget and beyond; empty if it has no optimum
 * @param rolling the same check at one cutoff after the other
 * @param prediction what the intervals of predictions are made of
 * @param profiles of the likelihood; empty where it has no width
 * @param residuals of the parametric fit, in the order of the rows
 * @param families all that are there, the fitted one included
 * @param seconds spent
 */
public record ScalingFit(
    FitSettings settings,
    String family,
    String flopsFormula,
    double flopsPerParameterToken,
    ParametricFit parametric,
    LeastAbsoluteFit leastAbsolute,
    IsoFlopFit isoflop,
    EnvelopeFit envelope,
    PowerFit power,
    KaplanFit kaplan,
    List<FormFit> forms,
    List<Allocation> optimal,
    HeldOut heldOut,
    RollingCheck rolling,
    LossPredictor prediction,
    List<ProfileCurve> profiles,
    List<Residual> residuals,
    List<FamilyCurve> families,
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
    RollingCutoffs rolling = RollingCutoffs.of(points, settings.seed());
    LossPredictor predictor = LossPredictor.of(bare.law(), bootstrap, points).taught(rolling);
    HeldOut heldOut = HeldOut.of(points, settings);
    List<FormFit> forms = FormFit.all(points, bare.law(), cutoff(heldOut));
    EnvelopeFit envelope = EnvelopeFit.of(points, settings);
    PowerFit power = PowerFit.of(points, bare, k, envelope, settings);
    List<Allocation> optimal = optimal(points, k, predictor);
    List<String> warnings = new ArrayList<>(selection.warnings());
    warnings.addAll(DataWarnings.of(points));
    warnings.addAll(FitWarnings.of(parametric, points));
    optimal.stream().map(Allocation::note).filter(Objects::nonNull).forEach(warnings::add);
    return new ScalingFit(
        settings,
        selection.family(),
        settings.flopsCount().formula(),
        k,
        parametric,
        LeastAbsoluteFit.of(forms),
        IsoFlopFit.of(points, settings.bootstrap(), settings.seed()),
        envelope,
        power,
        KaplanFit.of(points, forms),
        forms,
        optimal,
        heldOut,
        RollingCheck.of(rolling),
        predictor,
        profiles(points, forms),
        Residual.of(points, bare.law()),
        FamilyCurve.all(rows, settings, power),
        seconds,
        warnings,
        selection.excluded());
  }

  /** Above it nothing lies where there is no check. */
  private static double cutoff(HeldOut heldOut) {
    return heldOut.reason() == null ? heldOut.cutoffFlops() : Double.POSITIVE_INFINITY;
  }

  private static List<ProfileCurve> profiles(List<ScalingPoint> points, List<FormFit> forms) {
    LeastAbsoluteFit fit = LeastAbsoluteFit.of(forms);
    if (fit == null) {
      return List.of();
    }
    double[] law = ParametricFit.logarithms(fit.asLaw());
    return ProfileLikelihood.of(points, Arrays.copyOf(law, FormObjective.ALL));
  }

  /** Whether this is a fit of these rows and not of others, or of an older version of them. */
  public boolean isOf(List<EvaluationRow> rows) {
    List<ScalingPoint> points = PointSelection.of(rows, settings).points();
    double difference =
        Math.abs(ParametricFit.residual(parametric.law(), points) - parametric.residual());
    // No number where a scale of the law is none.
    return points.size() == parametric.points() && !(difference >= SAME_RESIDUAL);
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
      List<ScalingPoint> points, double k, LossPredictor predictor) {
    if (!predictor.law().hasOptimum()) {
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
        .mapToObj(flops -> Allocation.of(flops, k, predictor))
        .toList();
  }
}
