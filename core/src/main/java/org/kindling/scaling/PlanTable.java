package org.kindling.scaling;

import java.util.Locale;

/** A {@link Plan} as lines for a terminal. */
public final class PlanTable {
  private final StringBuilder out = new StringBuilder();

  private PlanTable() {}

  /** Lines that each end with a newline. */
  public static String of(Plan plan) {
    PlanTable table = new PlanTable();
    table.line(
        "C by %s; N counts %s; largest run fitted %s FLOPs",
        plan.flopsFormula(), plan.parameterCount().inWords(), Numbers.power(plan.largestFlops()));
    plan.budgets().forEach(table::budget);
    return table.out.toString();
  }

  private void line(String format, Object... arguments) {
    out.append(String.format(Locale.ROOT, format, arguments).stripTrailing()).append('\n');
  }

  private void budget(PlannedBudget budget) {
    line("");
    line(
        "%s FLOPs, %s times the largest run",
        Numbers.power(budget.flops()), Numbers.significant(budget.beyond(), 3));
    line("  %-14s %-9s %-21s %-9s %8s  %-7s %s", "approach", "N", "95%", "D", "D/N", "loss", "95%");
    budget.approaches().forEach(this::approach);
    if (budget.note() != null) {
      line("  %s", budget.note());
    }
    if (!budget.offOptimum().isEmpty()) {
      line("  Price of other sizes, by the parametric law:");
      line(
          "  %-7s %-9s | same compute: %-9s %-7s %-9s %-7s | same loss: %-9s %-8s %s",
          "N/N_opt", "N", "D", "loss", "penalty", "wasted", "D", "compute", "pays off after");
      budget.offOptimum().forEach(this::price);
    }
  }

  private void approach(PlannedBudget.Approach a) {
    line(
        "  %-14s %-9s %-21s %-9s %8s  %-7s %s",
        a.name(),
        Numbers.compact(a.parameters()),
        a.parametersInterval() == null
            ? ""
            : Numbers.compact(a.parametersInterval().lower())
                + " to "
                + Numbers.compact(a.parametersInterval().upper()),
        Numbers.compact(a.tokens()),
        Numbers.significant(a.tokens() / a.parameters(), 3),
        Numbers.significant(a.loss(), 4),
        a.lossInterval() == null
            ? ""
            : Numbers.significant(a.lossInterval().lower(), 4)
                + " to "
                + Numbers.significant(a.lossInterval().upper(), 4));
  }

  private void price(OffOptimum o) {
    boolean reachable = Double.isFinite(o.tokensForEqualLoss());
    line(
        "  %-7s %-9s |               %-9s %-7s %-9s %-7s |            %-9s %-8s %s",
        Numbers.significant(o.factor(), 3),
        Numbers.compact(o.parameters()),
        Numbers.compact(o.tokens()),
        Numbers.significant(o.loss(), 4),
        String.format(Locale.ROOT, "+%.4f", o.lossPenalty()),
        String.format(Locale.ROOT, "×%.2f", o.wastedCompute()),
        reachable ? Numbers.compact(o.tokensForEqualLoss()) : "never",
        reachable ? String.format(Locale.ROOT, "×%.2f", o.computeForEqualLoss()) : "",
        Double.isFinite(o.breakEvenTokens())
            ? Numbers.compact(o.breakEvenTokens()) + " tokens of inference"
            : "");
  }
}
