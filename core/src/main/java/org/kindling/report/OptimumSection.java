package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;
import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.List;
import org.kindling.report.Approaches.Kind;
import org.kindling.scaling.Allocation;
import org.kindling.scaling.BudgetCurve;
import org.kindling.scaling.Interval;
import org.kindling.scaling.PlannedBudget;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.ScalingPoint;

/** Best N and D against C by each approach, and their ratio. */
final class OptimumSection {
  private static final double PUBLISHED_RATIO = 20;

  private final ScalingFit fit;
  private final Approaches approaches;

  OptimumSection(ScalingFit fit, Approaches approaches) {
    this.fit = fit;
    this.approaches = approaches;
  }

  void addTo(Page page) {
    page.section("optimum", "Optimal model size and tokens");
    if (kinds().isEmpty()) {
      page.absent(
          "Optimal N, D and D / N",
          "No approach has an optimum; train several sizes at two budgets or more");
      return;
    }
    page.figure(
        new Figure(
            "optimum",
            List.of(sizes(page.conventions()), tokens(page.conventions())),
            sentence(),
            "Lines are the approaches, dashed beyond the runs; the band is the 95% interval of"
                + " approach 3; rings are isoFLOP minima with their intervals, diamonds the"
                + " envelope's runs.",
            byApproach()));
    page.figure(
        new Figure(
            "ratio",
            List.of(ratio(page.conventions())),
            ratioSentence(),
            "Tokens per parameter of the best use of a budget, by approach, with the 95% band of"
                + " approach 3; the line across is the rule of thumb of "
                + significant(PUBLISHED_RATIO, 2)
                + ".",
            ratios()));
    if (!fit.optimal().isEmpty()) {
      page.table(allocations());
    }
  }

  private List<Kind> kinds() {
    return List.of(Kind.values()).stream().filter(approaches::has).toList();
  }

  private Chart sizes(Conventions conventions) {
    Chart chart =
        new Chart(
            Axis.log(conventions.computeAxis(), Axis.Format.POWER),
            Axis.log(
                "Optimal parameters N (" + conventions.parameters() + ")", Axis.Format.COMPACT));
    approaches.band(
        chart, Kind.PARAMETRIC.key, Kind.PARAMETRIC.ink, (c, a) -> a.parametersInterval());
    for (Kind kind : kinds()) {
      approaches.draw(chart, kind.key, kind.ink, kind.label, (c, a) -> a.parameters());
    }
    for (ScalingPoint p : fit.envelope().points()) {
      Tip tip = Tip.of(p.run()).line("N", compact(p.parameters())).line("C", power(p.flops()));
      diamonds(chart).at(p.flops(), p.parameters(), tip);
    }
    for (BudgetCurve c : visible()) {
      Interval interval = Cells.orNone(c.parametersCi95());
      chart.bars(Kind.ISOFLOP.ink).span(c.flops(), interval.lower(), interval.upper());
      Tip tip = Tip.of("isoFLOP minimum").line("N", compact(c.parameters()));
      chart.rings(Kind.ISOFLOP.ink).at(c.flops(), c.parameters(), tip.line("C", power(c.flops())));
    }
    return chart;
  }

  private static Chart.Mark diamonds(Chart chart) {
    return chart.dots(Kind.ENVELOPE.ink).symbol("diamond").size(7);
  }

  private Chart tokens(Conventions conventions) {
    Chart chart =
        new Chart(
            Axis.log(conventions.computeAxis(), Axis.Format.POWER),
            Axis.log("Optimal tokens D", Axis.Format.COMPACT));
    approaches.band(
        chart,
        Kind.PARAMETRIC.key,
        Kind.PARAMETRIC.ink,
        (c, a) -> over(c, a.parametersInterval(), 1));
    for (Kind kind : kinds()) {
      approaches.draw(chart, kind.key, kind.ink, kind.label, (c, a) -> a.tokens());
    }
    for (ScalingPoint p : fit.envelope().points()) {
      Tip tip = Tip.of(p.run()).line("D", compact(p.tokens())).line("C", power(p.flops()));
      diamonds(chart).at(p.flops(), p.tokens(), tip);
    }
    for (BudgetCurve c : visible()) {
      Tip tip = Tip.of("isoFLOP minimum").line("D", compact(c.tokens()));
      chart.rings(Kind.ISOFLOP.ink).at(c.flops(), c.tokens(), tip.line("C", power(c.flops())));
    }
    return chart;
  }

  /** C / k / N^power of an interval of N: tokens, or tokens per parameter; null for none. */
  private Interval over(double flops, Interval parameters, int power) {
    if (parameters == null) {
      return null;
    }
    double tokensTimesParameters = flops / fit.flopsPerParameterToken();
    return new Interval(
        tokensTimesParameters / Math.pow(parameters.upper(), power),
        tokensTimesParameters / Math.pow(parameters.lower(), power));
  }

  private List<BudgetCurve> visible() {
    return fit.isoflop().budgets().stream().filter(BudgetCurve::visible).toList();
  }

  private Chart ratio(Conventions conventions) {
    Chart chart =
        new Chart(
            Axis.log(conventions.computeAxis(), Axis.Format.POWER),
            Axis.log(
                "Tokens per parameter, D / N (" + conventions.parameters() + ")",
                Axis.Format.PLAIN));
    approaches.band(
        chart,
        Kind.PARAMETRIC.key,
        Kind.PARAMETRIC.ink,
        (c, a) -> over(c, a.parametersInterval(), 2));
    for (Kind kind : kinds()) {
      approaches.draw(chart, kind.key, kind.ink, kind.label, (c, a) -> a.tokens() / a.parameters());
    }
    for (BudgetCurve c : visible()) {
      Tip tip =
          Tip.of("isoFLOP minimum")
              .line("D / N", significant(c.tokens() / c.parameters(), 3))
              .line("C", power(c.flops()));
      chart.rings(Kind.ISOFLOP.ink).at(c.flops(), c.tokens() / c.parameters(), tip);
    }
    return chart.horizontal(PUBLISHED_RATIO, "20, Hoffmann et al. 2022");
  }

  /** What the figure of N and D shows. */
  String sentence() {
    List<String> exponents = new ArrayList<>();
    if (fit.parametric().law().hasOptimum()) {
      Interval a = fit.parametric().ci95().get("a");
      exponents.add(
          Words.format(
              "%.3f%s by approach 3", fit.parametric().parametersExponent(), Words.interval(a, 3)));
    }
    if (fit.isoflop().reason() == null) {
      Interval a = fit.isoflop().ci95().get("a");
      exponents.add(
          Words.format(
              "%.3f%s by approach 2", fit.isoflop().parametersExponent(), Words.interval(a, 3)));
    }
    if (fit.envelope().sizes() != null) {
      exponents.add(Words.format("%.3f by approach 1", fit.envelope().sizes().exponent()));
    }
    return "The best N grows as C to the power of " + Words.list(exponents) + forTenTimes() + ".";
  }

  private String forTenTimes() {
    if (!fit.parametric().law().hasOptimum()) {
      return "";
    }
    return Words.format(
        "; by approach 3, ten times the compute is best spent on %.1f times the parameters and"
            + " %.1f times the tokens",
        Math.pow(10, fit.parametric().parametersExponent()),
        Math.pow(10, fit.parametric().tokensExponent()));
  }

  /** What the figure of D / N shows. */
  String ratioSentence() {
    PlannedBudget last = atLargestRun();
    Kind kind = kinds().get(0);
    PlannedBudget.Approach best = Approaches.find(last, kind.key).orElseThrow();
    Interval interval = over(last.flops(), best.parametersInterval(), 2);
    return Words.format(
        "At %s FLOPs, the most that a run has spent, the best model sees %s tokens per parameter%s"
            + " by %s.",
        power(last.flops()),
        significant(best.tokens() / best.parameters(), 3),
        interval == null
            ? ""
            : " (95%: "
                + significant(interval.lower(), 3)
                + " to "
                + significant(interval.upper(), 3)
                + ")",
        kind.label);
  }

  private PlannedBudget atLargestRun() {
    double edge = approaches.largestFlops() * (1 + 1e-9);
    PlannedBudget last = approaches.budgets().get(0);
    for (PlannedBudget b : approaches.budgets()) {
      last = b.flops() <= edge ? b : last;
    }
    return last;
  }

  private Table byApproach() {
    Table table =
        new Table(
            "approaches",
            "Best N and D by approach",
            Cells.FLOPS,
            Cells.column("Approach", "approach"),
            Cells.column("Best N", "parameters"),
            Cells.column("95% from", "parametersLower"),
            Cells.column("to", "parametersUpper"),
            Cells.column("Best D", "tokens"),
            Cells.column("95% from", "tokensLower"),
            Cells.column("to", "tokensUpper"),
            Cells.LOSS,
            Cells.column("95% from", "lossLower"),
            Cells.column("to", "lossUpper"));
    for (PlannedBudget b : approaches.budgets()) {
      for (PlannedBudget.Approach a : b.approaches()) {
        Interval n = Cells.orNone(a.parametersInterval());
        Interval d = Cells.orNone(over(b.flops(), a.parametersInterval(), 1));
        Interval loss = Cells.orNone(a.lossInterval());
        table.row(
            Cells.flops(b.flops()),
            Cells.text(a.name()),
            Cells.large(a.parameters()),
            Cells.large(n.lower()),
            Cells.large(n.upper()),
            Cells.large(a.tokens()),
            Cells.large(d.lower()),
            Cells.large(d.upper()),
            Cells.loss(a.loss()),
            Cells.loss(loss.lower()),
            Cells.loss(loss.upper()));
      }
    }
    return table;
  }

  private Table ratios() {
    Table table =
        new Table(
            "ratio",
            "Best D / N by approach",
            Cells.FLOPS,
            Cells.column("Approach", "approach"),
            Cells.RATIO,
            Cells.column("95% from", "lower"),
            Cells.column("to", "upper"));
    for (PlannedBudget b : approaches.budgets()) {
      for (PlannedBudget.Approach a : b.approaches()) {
        if (Double.isFinite(a.parameters())) {
          Interval interval = Cells.orNone(over(b.flops(), a.parametersInterval(), 2));
          table.row(
              Cells.flops(b.flops()),
              Cells.text(a.name()),
              Cells.digits(a.tokens() / a.parameters(), 3),
              Cells.digits(interval.lower(), 3),
              Cells.digits(interval.upper(), 3));
        }
      }
    }
    return table;
  }

  private Table allocations() {
    Table table =
        new Table(
            "optimal",
            "Optimal allocation by approach 3",
            Cells.FLOPS,
            Cells.column("Best N", "parameters"),
            Cells.column("95% from", "parametersLower"),
            Cells.column("to", "parametersUpper"),
            Cells.column("Best D", "tokens"),
            Cells.RATIO,
            Cells.LOSS,
            Cells.column("A run, 95% from", "lossLower"),
            Cells.column("to", "lossUpper"),
            Cells.column("Note", "note"));
    for (Allocation a : fit.optimal()) {
      Interval n = Cells.orNone(a.parametersCi95());
      Interval loss = Cells.orNone(a.lossInterval());
      table.row(
          Cells.flops(a.flops()),
          Cells.large(a.parameters()),
          Cells.large(n.lower()),
          Cells.large(n.upper()),
          Cells.large(a.tokens()),
          Cells.digits(a.tokensPerParameter(), 3),
          Cells.loss(a.loss()),
          Cells.loss(loss.lower()),
          Cells.loss(loss.upper()),
          Cells.text(a.extrapolated() ? Words.times(a.beyond()) + " the largest run" : ""));
    }
    return table;
  }
}
