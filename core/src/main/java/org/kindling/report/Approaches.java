package org.kindling.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.kindling.scaling.Interval;
import org.kindling.scaling.Plan;
import org.kindling.scaling.PlannedBudget;
import org.kindling.scaling.PlannedBudget.Approach;
import org.kindling.scaling.ScalingFit;

/** What each approach says of compute from the cheapest run to ten times the most expensive. */
final class Approaches {
  /** Names of approaches in the order of the figures, with their inks. */
  enum Kind {
    PARAMETRIC("parametric", "approach 3, Huber", "s0"),
    LEAST_ABSOLUTE("leastAbsolute", "approach 3, least absolute deviations", "s4"),
    ISOFLOP("isoflop", "approach 2, isoFLOP", "s1"),
    ENVELOPE("envelope", "approach 1, envelope", "s2");

    final String key;
    final String label;
    final String ink;

    Kind(String key, String label, String ink) {
      this.key = key;
      this.label = label;
      this.ink = ink;
    }
  }

  private static final String POWER = "power";
  private static final int STEPS = 25;
  private static final double BEYOND = 10;

  private final List<PlannedBudget> budgets;
  private final double largest;

  private Approaches(List<PlannedBudget> budgets, double largest) {
    this.budgets = budgets;
    this.largest = largest;
  }

  static Approaches of(ReportInput input, ScalingFit fit) {
    double largest = fit.prediction().largestFlops();
    double least = input.fittedFlops().min().orElse(largest);
    List<Double> grid = new ArrayList<>();
    double decades = Math.log(largest / least);
    double beyond = Math.log(BEYOND);
    for (int i = 0; i < STEPS; i++) {
      grid.add(least * Math.exp(decades * i / (STEPS - 1)));
    }
    for (int i = 1; i <= STEPS / 3; i++) {
      grid.add(largest * Math.exp(beyond * i / (STEPS / 3)));
    }
    return new Approaches(Plan.of(fit, grid, List.of()).budgets(), largest);
  }

  double largestFlops() {
    return largest;
  }

  List<PlannedBudget> budgets() {
    return budgets;
  }

  static Optional<Approach> find(PlannedBudget budget, String name) {
    return budget.approaches().stream().filter(a -> a.name().equals(name)).findFirst();
  }

  /** The furthest budget's loss by L(C), with its interval. */
  Optional<Approach> furthestPower() {
    return find(budgets.get(budgets.size() - 1), POWER);
  }

  double furthest() {
    return budgets.get(budgets.size() - 1).flops();
  }

  /** Of an approach at a compute, a number; NaN where it says nothing. */
  interface Quantity {
    double of(double flops, Approach approach);
  }

  /** Of an approach at a compute, an interval; null where it says nothing. */
  interface Spread {
    Interval of(double flops, Approach approach);
  }

  /** A line over the runs and a dashed one beyond. */
  void draw(Chart chart, String name, String ink, String label, Quantity quantity) {
    Chart.Mark within = chart.line(ink).named(label);
    Chart.Mark beyond = chart.line(ink).dashed();
    for (PlannedBudget b : budgets) {
      find(b, name).ifPresent(a -> point(within, beyond, b.flops(), quantity.of(b.flops(), a)));
    }
  }

  private void point(Chart.Mark within, Chart.Mark beyond, double flops, double y) {
    double edge = largest * (1 + 1e-9);
    if (flops <= edge) {
      within.at(flops, y);
    }
    if (flops >= largest * (1 - 1e-9)) {
      beyond.at(flops, y);
    }
  }

  /** The band of an approach, nothing where it has no intervals. */
  void band(Chart chart, String name, String ink, Spread spread) {
    Chart.Mark band = chart.band(ink);
    for (PlannedBudget b : budgets) {
      find(b, name)
          .map(a -> spread.of(b.flops(), a))
          .ifPresent(i -> band.span(b.flops(), i.lower(), i.upper()));
    }
  }

  /** L(C) with its band. */
  void drawPower(Chart chart) {
    band(chart, POWER, "ink", (c, a) -> a.lossInterval());
    draw(chart, POWER, "ink", "L(C), 95% band; dashed beyond the runs", (c, a) -> a.loss());
  }

  boolean has(Kind kind) {
    return budgets.stream().anyMatch(b -> find(b, kind.key).isPresent());
  }
}
