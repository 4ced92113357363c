package org.kindling.scaling;

import java.util.List;

/**
 * What to train with a budget, by every approach, and what other sizes would cost.
 *
 * @param flops C
 * @param beyond C over that of the largest run fitted
 * @param approaches from the parametric law on
 * @param offOptimum smaller and larger models, by the parametric law; empty if it has no optimum
 * @param note a sentence where C is far beyond the runs fitted, else null
 */
public record PlannedBudget(
    double flops,
    double beyond,
    List<Approach> approaches,
    List<OffOptimum> offOptimum,
    String note) {
  /**
   * One approach's answer. What an approach does not say is NaN, null in JSON.
   *
   * @param name of the fit, as in {@code fit.json}
   * @param parametersInterval 95% of N, null if not known
   * @param lossInterval 95% for the loss that a run will show, null if not known
   */
  public record Approach(
      String name,
      double parameters,
      double tokens,
      double loss,
      Interval parametersInterval,
      Interval lossInterval) {}
}
