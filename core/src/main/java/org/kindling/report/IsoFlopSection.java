package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;

import java.util.List;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.Interval;
import org.kindling.scaling.IsoFlopFit;
import org.kindling.scaling.ScalingFit;

/** Approach 2: loss against size at equal compute. */
final class IsoFlopSection {
  /** A little beyond the sizes trained, for the eye. */
  private static final double MARGIN = 1.15;

  private static final int MOST_REASONS = 8;

  private final ReportInput input;
  private final ScalingFit fit;

  IsoFlopSection(ReportInput input, ScalingFit fit) {
    this.input = input;
    this.fit = fit;
  }

  void addTo(Page page) {
    page.section("isoflop", "The best size for a budget");
    IsoFlopFit iso = fit.isoflop();
    if (iso.budgets().stream().anyMatch(b -> b.parabola() != null)) {
      page.figure(
          new Figure(
              "isoflop",
              List.of(chart(page.conventions())),
              sentence(iso),
              "Validation loss against size at equal compute, with a least-squares parabola in ln N"
                  + " through each budget; rings mark minima, bars their 95% intervals.",
              table()));
    } else {
      page.absent("isoFLOP parabolas", "Need three sizes or more at one budget");
      page.foldedTable(table());
    }
    reasons(page, iso);
  }

  private static void reasons(Page page, IsoFlopFit iso) {
    List<String> missing = withoutMinimum(iso);
    if (missing.size() <= MOST_REASONS) {
      missing.forEach(page::paragraph);
    } else {
      page.paragraph(missing.size() + " budgets show no minimum; the table says why.");
    }
    if (iso.reason() != null) {
      page.paragraph("No exponent by this method: " + iso.reason() + ".");
    }
  }

  private Chart chart(Conventions conventions) {
    Chart chart =
        new Chart(Axis.log(conventions.parametersAxis(), Axis.Format.COMPACT), Axis.loss());
    List<BudgetCurve> curves = fit.isoflop().budgets();
    for (int i = 0; i < curves.size(); i++) {
      BudgetCurve curve = curves.get(i);
      if (curve.parabola() != null) {
        chart
            .line(input.ink(curve.flops()))
            .curve(curve.smallest() / MARGIN, curve.largest() * MARGIN, curve.parabola()::loss);
      }
    }
    BudgetDots dots = new BudgetDots(chart, input, 9);
    for (ReportInput.Run run : input.finished()) {
      if (input.isFitted(run)) {
        dots.at(run.budget(), run.last().parameters(), run.last().loss(), Tip.of(run.last()));
      }
    }
    curves.stream().filter(BudgetCurve::visible).forEach(curve -> minimum(chart, curve));
    return chart;
  }

  private void minimum(Chart chart, BudgetCurve curve) {
    String ink = input.ink(curve.flops());
    Interval interval = curve.parametersCi95();
    if (interval != null) {
      chart.line(ink).size(4).at(interval.lower(), curve.loss()).at(interval.upper(), curve.loss());
    }
    Tip tip =
        Tip.of("Minimum at " + power(curve.flops()) + " FLOPs")
            .line("N", compact(curve.parameters()) + range(interval))
            .line("D", compact(curve.tokens()))
            .loss("loss", curve.loss());
    chart
        .rings(ink)
        .size(12)
        .endText(fit.isoflop().budgets().size() <= 8 ? compact(curve.parameters()) : "")
        .at(curve.parameters(), curve.loss(), tip);
  }

  private static String range(Interval interval) {
    return interval == null
        ? ""
        : " (95%: " + compact(interval.lower()) + " to " + compact(interval.upper()) + ")";
  }

  /** What the figure shows. */
  static String sentence(IsoFlopFit fit) {
    List<BudgetCurve> visible = fit.budgets().stream().filter(BudgetCurve::visible).toList();
    if (visible.isEmpty()) {
      return "No budget shows a minimum among the sizes trained.";
    }
    BudgetCurve first = visible.get(0);
    BudgetCurve last = visible.get(visible.size() - 1);
    if (visible.size() == 1) {
      return Words.format(
          "One budget shows a minimum: %s parameters%s at %s FLOPs.",
          compact(first.parameters()), range(first.parametersCi95()), power(first.flops()));
    }
    return Words.format(
        "The best size moves from %s parameters%s at %s FLOPs to %s%s at %s: N_opt ∝ C^%.3f%s.",
        compact(first.parameters()),
        range(first.parametersCi95()),
        power(first.flops()),
        compact(last.parameters()),
        range(last.parametersCi95()),
        power(last.flops()),
        fit.parametersExponent(),
        Words.interval(fit.ci95().get("a"), 3));
  }

  /** One sentence per budget without a minimum. */
  static List<String> withoutMinimum(IsoFlopFit fit) {
    return fit.budgets().stream()
        .filter(c -> !c.visible())
        .map(c -> "No visible minimum at " + power(c.flops()) + " FLOPs: " + c.reason() + ".")
        .toList();
  }

  private Table table() {
    Table table =
        new Table(
            "isoflop",
            "Budgets and their minima",
            Cells.column("Budget C, FLOPs", "flops"),
            Cells.column("Runs", "runs"),
            Cells.column("Smallest N", "smallest"),
            Cells.column("Largest N", "largest"),
            Cells.column("Best N", "parameters"),
            Cells.column("95% from", "parametersLower"),
            Cells.column("to", "parametersUpper"),
            Cells.column("Best D", "tokens"),
            Cells.column("Loss there", "loss"),
            Cells.column("No minimum because", "reason"));
    for (BudgetCurve c : fit.isoflop().budgets()) {
      Interval interval = Cells.orNone(c.parametersCi95());
      table.row(
          Cells.flops(c.flops()),
          Cells.whole(c.runs()),
          Cells.large(c.smallest()),
          Cells.large(c.largest()),
          Cells.large(c.parameters()),
          Cells.large(interval.lower()),
          Cells.large(interval.upper()),
          Cells.large(c.tokens()),
          Cells.loss(c.loss()),
          Cells.text(c.visible() ? "" : c.reason()));
    }
    return table;
  }
}
