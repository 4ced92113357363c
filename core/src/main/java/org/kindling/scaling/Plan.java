package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;

/**
 * The best use of budgets nobody has spent yet.
 *
 * <pre>{@code
 * Plan plan = Plan.of(fit, List.of(1e21), Plan.FACTORS);
 * plan.budgets().get(0).approaches().get(0).parameters();
 * }</pre>
 *
 * @param flopsFormula by which rule C is counted
 * @param parameterCount what N counts
 * @param largestFlops of the runs fitted
 */
public record Plan(
    String flopsFormula,
    ParameterCount parameterCount,
    double largestFlops,
    List<PlannedBudget> budgets) {
  /** Sizes, as multiples of the best, whose price is told. */
  public static final List<Double> FACTORS = List.of(0.125, 0.25, 0.5, 1.0, 2.0, 4.0);

  /**
   * Plans each budget.
   *
   * @throws IllegalArgumentException if a budget or factor is not positive
   */
  public static Plan of(ScalingFit fit, List<Double> flops, List<Double> factors) {
    flops.forEach(c -> requirePositive("--flops", c));
    factors.forEach(f -> requirePositive("--sizes", f));
    return new Plan(
        fit.flopsFormula(),
        fit.settings().parameterCount(),
        fit.prediction().largestFlops(),
        flops.stream().map(c -> budget(fit, c, factors)).toList());
  }

  private static void requirePositive(String option, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          option + ": found " + value + ", expected a positive number");
    }
  }

  private static PlannedBudget budget(ScalingFit fit, double flops, List<Double> factors) {
    double k = fit.flopsPerParameterToken();
    List<PlannedBudget.Approach> approaches = new ArrayList<>();
    List<OffOptimum> prices = List.of();
    String note = null;
    if (fit.prediction().law().hasOptimum()) {
      Allocation best = Allocation.of(flops, k, fit.prediction());
      note = best.note();
      approaches.add(
          new PlannedBudget.Approach(
              "parametric",
              best.parameters(),
              best.tokens(),
              best.loss(),
              best.parametersCi95(),
              best.lossInterval()));
      prices =
          factors.stream().map(f -> OffOptimum.of(fit.prediction().law(), flops, k, f)).toList();
    }
    addLeastAbsolute(fit, flops, k, approaches);
    addIsoFlop(fit, flops, approaches);
    addEnvelope(fit, flops, approaches);
    return new PlannedBudget(
        flops, flops / fit.prediction().largestFlops(), approaches, prices, note);
  }

  private static void addLeastAbsolute(
      ScalingFit fit, double flops, double k, List<PlannedBudget.Approach> approaches) {
    if (fit.leastAbsolute() != null && fit.leastAbsolute().asLaw().hasOptimum()) {
      ParametricLaw law = fit.leastAbsolute().asLaw();
      ParametricLaw huber = fit.prediction().law();
      // The two estimators vary alike from sample to sample: the resamples of one, moved.
      double moved = law.optimalParameters(flops, k) / huber.optimalParameters(flops, k);
      Interval spread = fit.prediction().ofLaw(l -> moved * l.optimalParameters(flops, k));
      approaches.add(
          new PlannedBudget.Approach(
              "leastAbsolute",
              law.optimalParameters(flops, k),
              law.optimalTokens(flops, k),
              law.optimalLoss(flops, k),
              spread,
              fit.prediction()
                  .interval(law.optimalParameters(flops, k), law.optimalTokens(flops, k), flops)));
    }
  }

  /** Without a loss: parabolas tell it at the budgets trained only. */
  private static void addIsoFlop(
      ScalingFit fit, double flops, List<PlannedBudget.Approach> approaches) {
    IsoFlopFit iso = fit.isoflop();
    if (iso.reason() == null) {
      approaches.add(
          new PlannedBudget.Approach(
              "isoflop",
              iso.parametersCoefficient() * Math.pow(flops, iso.parametersExponent()),
              iso.tokensCoefficient() * Math.pow(flops, iso.tokensExponent()),
              Double.NaN,
              iso.parametersAt(flops),
              null));
    }
  }

  private static void addEnvelope(
      ScalingFit fit, double flops, List<PlannedBudget.Approach> approaches) {
    EnvelopeFit envelope = fit.envelope();
    if (envelope.sizes() != null) {
      approaches.add(
          new PlannedBudget.Approach(
              "envelope",
              envelope.sizes().at(flops),
              envelope.tokens().at(flops),
              envelope.reason() == null ? envelope.loss(flops) : Double.NaN,
              Draws.interval(envelope.resampledSizes(), line -> line.at(flops)),
              null));
    }
    if (fit.power().reason() == null) {
      approaches.add(
          new PlannedBudget.Approach(
              "power",
              Double.NaN,
              Double.NaN,
              fit.power().loss(flops),
              null,
              fit.power().lossAt(flops)));
    }
  }
}
