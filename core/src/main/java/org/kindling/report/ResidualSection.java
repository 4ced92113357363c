package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;
import static org.kindling.scaling.Numbers.significant;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.kindling.scaling.QuantilePlot;
import org.kindling.scaling.Residual;
import org.kindling.scaling.ScalingFit;

/** What the law leaves unexplained: residuals against N, D, C and the normal distribution. */
final class ResidualSection {
  private static final String NAME = "ln measured − ln predicted";

  private final ReportInput input;
  private final ScalingFit fit;

  ResidualSection(ReportInput input, ScalingFit fit) {
    this.input = input;
    this.fit = fit;
  }

  void addTo(Page page) {
    page.section("residuals", "Residuals");
    Conventions words = page.conventions();
    QuantilePlot plot = QuantilePlot.of(fit.residuals());
    page.figure(
        new Figure(
            "residuals",
            List.of(
                chart(Axis.log(words.parametersAxis(), Axis.Format.COMPACT), Residual::parameters),
                chart(Axis.log("Tokens D", Axis.Format.COMPACT), Residual::tokens),
                chart(Axis.log(words.computeAxis(), Axis.Format.POWER), Residual::flops),
                quantiles(plot)),
            sentence() + " " + sentence(plot),
            "One dot a run, coloured by budget; a slope or a bend would show that the law misses"
                + " something of N, D or C. Below right, the residuals in order of size against the"
                + " quantiles of a normal distribution, with the line through their quartiles.",
            table(plot)));
  }

  private Chart chart(Axis x, ToDoubleFunction<Residual> of) {
    Chart chart = new Chart(x, Axis.linear("Residual, " + NAME, Axis.Format.PERCENT));
    chart.horizontal(0, "");
    BudgetDots dots = new BudgetDots(chart, input, 7);
    for (Residual r : fit.residuals()) {
      dots.at(input.nearest(r.flops()), of.applyAsDouble(r), r.residual(), tip(r));
    }
    return chart;
  }

  private static Tip tip(Residual r) {
    return Tip.of(r.run())
        .line("N", compact(r.parameters()))
        .line("D", compact(r.tokens()))
        .line("C", power(r.flops()) + " FLOPs")
        .line("residual", Words.signedPercent(r.residual()));
  }

  private Chart quantiles(QuantilePlot plot) {
    Chart chart =
        new Chart(
            Axis.linear("Quantile of the normal distribution, σ", Axis.Format.PLAIN),
            Axis.linear("Residual, " + NAME, Axis.Format.PERCENT));
    List<QuantilePlot.Point> points = plot.points();
    double end = 1.05 * points.get(points.size() - 1).expected() + 0.1;
    chart
        .line("muted")
        .dashed()
        .at(-end, plot.centre() - plot.slope() * end)
        .at(end, plot.centre() + plot.slope() * end);
    BudgetDots dots = new BudgetDots(chart, input, 7);
    for (QuantilePlot.Point p : points) {
      dots.at(input.nearest(p.of().flops()), p.expected(), p.of().residual(), tip(p.of()));
    }
    return chart;
  }

  /** What the residuals show. */
  String sentence() {
    Residual worst =
        fit.residuals().stream()
            .max(Comparator.comparingDouble(r -> Math.abs(r.residual())))
            .orElseThrow();
    return Words.format(
        "The law meets the %s it was fitted to within %s rms; furthest off is %s, measured %s %s"
            + " the law.",
        Words.count(fit.parametric().points(), "run"),
        Words.percent(fit.parametric().residual()),
        worst.run(),
        Words.percent(Math.abs(Math.expm1(worst.residual()))),
        worst.residual() >= 0 ? "above" : "below");
  }

  /** What the quantiles show. */
  static String sentence(QuantilePlot plot) {
    int n = plot.points().size();
    return Words.format(
        "%s of %s %s further than two standard deviations from the middle; a normal distribution"
            + " would put %s there.",
        plot.outside() == 0 ? "None" : Integer.toString(plot.outside()),
        Words.count(n, "residual"),
        plot.outside() == 1 || plot.outside() == 0 ? "lies" : "lie",
        significant(plot.expectedOutside(), 2));
  }

  private static Table table(QuantilePlot plot) {
    Table table =
        new Table(
            "residuals",
            "Residuals",
            Cells.RUN,
            Cells.PARAMETERS,
            Cells.TOKENS,
            Cells.FLOPS,
            Cells.column("Measured", "measured"),
            Cells.column("Predicted", "predicted"),
            Cells.column(NAME, "residual"),
            Cells.column("Normal quantile, σ", "normalQuantile"));
    for (QuantilePlot.Point p : plot.points()) {
      Residual r = p.of();
      table.row(
          Cells.text(r.run()),
          Cells.large(r.parameters()),
          Cells.large(r.tokens()),
          Cells.flops(r.flops()),
          Cells.loss(r.measured()),
          Cells.loss(r.predicted()),
          Cells.number(r.residual(), 5),
          Cells.number(p.expected(), 3));
    }
    return table;
  }
}
