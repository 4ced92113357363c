package org.kindling.scaling;

import java.util.Locale;

/**
 * Loss against size at one budget, and where it is lowest.
 *
 * @param flops the budget
 * @param runs at this budget
 * @param sizes different N among them
 * @param smallest N
 * @param largest N
 * @param parabola through the losses; null below three sizes
 * @param parameters N at the minimum, NaN if none is visible
 * @param parametersCi95 of that, by losses drawn anew around the parabolas; null if none is
 *     visible, or the parabolas leave no residuals to judge by
 * @param tokens D that the budget leaves for that N
 * @param loss at the minimum
 * @param reason why no minimum is visible, null if one is
 */
public record BudgetCurve(
    double flops,
    int runs,
    int sizes,
    double smallest,
    double largest,
    Parabola parabola,
    double parameters,
    Interval parametersCi95,
    double tokens,
    double loss,
    String reason) {
  private static final int FEWEST_SIZES = 3;

  static BudgetCurve of(Budget budget) {
    if (budget.sizes() < FEWEST_SIZES) {
      String reason =
          String.format(
              Locale.ROOT,
              "it has %d different size%s and a parabola needs %d",
              budget.sizes(),
              budget.sizes() == 1 ? "" : "s",
              FEWEST_SIZES);
      return of(budget, null, Double.NaN, reason);
    }
    Parabola parabola =
        Parabola.through(
            budget.points().stream().mapToDouble(p -> Math.log(p.parameters())).toArray(),
            budget.points().stream().mapToDouble(ScalingPoint::loss).toArray());
    double minimum = Math.exp(parabola.minimumLogParameters());
    String reason = reasonAgainst(minimum, budget);
    return of(budget, parabola, reason == null ? minimum : Double.NaN, reason);
  }

  private static BudgetCurve of(Budget budget, Parabola parabola, double minimum, String reason) {
    return new BudgetCurve(
        budget.flops(),
        budget.points().size(),
        budget.sizes(),
        budget.smallest(),
        budget.largest(),
        parabola,
        minimum,
        null,
        budget.flops() / budget.flopsPerParameterToken() / minimum,
        reason == null ? parabola.loss(minimum) : Double.NaN,
        reason);
  }

  private static String reasonAgainst(double minimum, Budget budget) {
    if (Double.isNaN(minimum)) {
      return "its losses do not curve upwards, so that there is no valley to read a minimum from;"
          + " train more sizes, or each with more than one seed";
    }
    if (minimum < budget.smallest()) {
      return String.format(
          Locale.ROOT,
          "the loss is still falling towards the smallest size, %s parameters, and the minimum"
              + " would lie below; train smaller models",
          Numbers.compact(budget.smallest()));
    }
    if (minimum > budget.largest()) {
      return String.format(
          Locale.ROOT,
          "the loss is still falling at the largest size, %s parameters, and the minimum would"
              + " lie above; train larger models",
          Numbers.compact(budget.largest()));
    }
    return null;
  }

  BudgetCurve with(Interval ofParameters) {
    return new BudgetCurve(
        flops,
        runs,
        sizes,
        smallest,
        largest,
        parabola,
        parameters,
        ofParameters,
        tokens,
        loss,
        reason);
  }

  /** Whether the minimum lies within the sizes that were trained. */
  public boolean visible() {
    return reason == null;
  }
}
