package org.kindling.scaling;

/**
 * What to fit and how.
 *
 * @param bootstrap number of resamples for intervals; 0 for none
 * @param seed of the resamples
 * @param holdoutAbove FLOPs above which runs are predicted and not fitted in the held-out check,
 *     NaN to hold out the largest budgets where there are three
 * @param family of the runs to fit; empty where there is but one
 * @param parameterCount which parameters N counts
 * @param flopsCount by which rule C is counted
 * @param parameterUnit of the column {@code parameters}
 * @param tokenUnit of the column {@code tokens}
 */
public record FitSettings(
    int bootstrap,
    long seed,
    double holdoutAbove,
    String family,
    ParameterCount parameterCount,
    FlopsCount flopsCount,
    Unit parameterUnit,
    Unit tokenUnit) {
  public static final FitSettings DEFAULTS =
      new FitSettings(1000, 1, Double.NaN, "", ParameterCount.ALL);

  /** With the FLOPs that the evaluations record, and units nobody has said. */
  public FitSettings(
      int bootstrap, long seed, double holdoutAbove, String family, ParameterCount parameterCount) {
    this(
        bootstrap,
        seed,
        holdoutAbove,
        family,
        parameterCount,
        FlopsCount.RECORDED,
        Unit.UNSTATED,
        Unit.UNSTATED);
  }

  public FitSettings {
    if (bootstrap < 0 || (bootstrap > 0 && bootstrap < 40)) {
      throw new IllegalArgumentException(
          "--bootstrap: found "
              + bootstrap
              + ", expected 0 or at least 40, so that 2.5% of the resamples are one; use 1000");
    }
    if (holdoutAbove <= 0 || Double.isInfinite(holdoutAbove)) {
      throw new IllegalArgumentException(
          "--holdout-above: found " + holdoutAbove + ", expected a positive number of FLOPs");
    }
  }
}
