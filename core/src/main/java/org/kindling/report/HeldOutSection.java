package org.kindling.report;

import static org.kindling.scaling.Numbers.compact;
import static org.kindling.scaling.Numbers.power;

import java.util.List;
import org.kindling.scaling.HeldOut;
import org.kindling.scaling.Interval;
import org.kindling.scaling.RollingCheck;
import org.kindling.scaling.ScalingFit;

/** Does the law predict runs it has not seen, and do its intervals hold them? */
final class HeldOutSection {
  private final ReportInput input;
  private final ScalingFit fit;

  HeldOutSection(ReportInput input, ScalingFit fit) {
    this.input = input;
    this.fit = fit;
  }

  void addTo(Page page) {
    page.section("heldout", "Does it extrapolate?");
    HeldOut check = fit.heldOut();
    if (check.reason() != null) {
      page.absent("Held-out predictions", "No run was held out: " + check.reason());
    } else {
      page.figure(
          new Figure(
              "heldout",
              List.of(chart(check), errors(check, page.conventions())),
              sentence(check),
              "Left, predicted against measured loss: rings are the runs held out, with their"
                  + " 95% intervals, dots the runs fitted; on the line both are equal. Right, how"
                  + " far each held-out run lies from its prediction, with the interval around"
                  + " that.",
              table(check)));
    }
    if (fit.rolling().cutoffs().isEmpty()) {
      page.absent(
          "Rolling cutoffs", "Need runs at several budgets, enough of them below each cutoff");
    } else {
      page.figure(
          new Figure(
              "rolling",
              List.of(rolling(page.conventions())),
              sentence(fit.rolling()),
              "At each cutoff the law and its intervals know only the cheaper runs; the half width"
                  + " is what the interval allowed, the error what was needed.",
              rollingTable()));
    }
  }

  private Chart chart(HeldOut check) {
    Chart chart =
        new Chart(
            Axis.log("Measured loss, nats per token", Axis.Format.PLAIN),
            Axis.log("Predicted loss, nats per token", Axis.Format.PLAIN));
    diagonal(chart, check);
    BudgetDots dots = new BudgetDots(chart, input, 7);
    for (ReportInput.Run run : input.finished()) {
      if (input.isFitted(run) && input.flops(run) <= check.cutoffFlops()) {
        double measured = run.last().loss();
        double predicted = check.law().loss(run.last().parameters(), run.last().tokens());
        Tip tip = Tip.of(run.name()).loss("measured", measured).loss("law", predicted);
        dots.at(run.budget(), measured, predicted, tip);
      }
    }
    Chart.Mark bars = chart.bars("ink");
    Chart.Mark rings = chart.rings("ink").named("held out").size(8);
    for (HeldOut.Prediction p : check.predictions()) {
      Interval interval = Cells.orNone(p.interval());
      bars.span(p.measured(), interval.lower(), interval.upper());
      rings.at(p.measured(), p.predicted(), tip(p));
    }
    return chart;
  }

  private static Chart errors(HeldOut check, Conventions conventions) {
    Chart chart =
        new Chart(
            Axis.log(conventions.parametersAxis(), Axis.Format.COMPACT),
            Axis.linear("Measured over predicted loss, less one", Axis.Format.PERCENT));
    chart.horizontal(0, "");
    Chart.Mark bars = chart.bars("muted");
    Chart.Mark rings = chart.rings("ink").size(8);
    for (HeldOut.Prediction p : check.predictions()) {
      Interval interval = Cells.orNone(p.interval());
      bars.span(
          p.parameters(),
          interval.lower() / p.predicted() - 1,
          interval.upper() / p.predicted() - 1);
      rings.at(p.parameters(), p.measured() / p.predicted() - 1, tip(p));
    }
    return chart;
  }

  private static Tip tip(HeldOut.Prediction p) {
    Tip tip =
        Tip.of(p.run() + ", held out")
            .loss("measured", p.measured())
            .loss("predicted", p.predicted())
            .line("error", Words.signedPercent(p.relativeError()));
    return p.interval() == null
        ? tip
        : tip.line(
            "95%",
            Words.fixed(p.interval().lower(), 4) + " to " + Words.fixed(p.interval().upper(), 4));
  }

  private void diagonal(Chart chart, HeldOut check) {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (ReportInput.Run run : input.finished()) {
      if (input.isFitted(run)) {
        least = Math.min(least, run.last().loss());
        most = Math.max(most, run.last().loss());
      }
    }
    for (HeldOut.Prediction p : check.predictions()) {
      least = Math.min(least, p.predicted());
      most = Math.max(most, p.predicted());
    }
    chart.line("muted").dashed().at(least, least).at(most, most);
  }

  /** What the predictions show. */
  static String sentence(HeldOut check) {
    int n = check.predictions().size();
    String covered = check.covered() < 0 ? "" : "; " + covered(check.covered(), n);
    return Words.format(
        "Fitted to the %s below %s FLOPs alone, the law predicts %s above with a mean error of"
            + " %s, %s%s.",
        Words.count(check.fitted(), "run"),
        power(check.cutoffFlops()),
        n == 1 ? "the one run" : "the " + n + " runs",
        Words.percent(check.meanRelativeError()),
        n == 1
            ? check.meanSignedRelativeError() > 0 ? "too high" : "too low"
            : "on average too "
                + (check.meanSignedRelativeError() > 0 ? "high by " : "low by ")
                + Words.percent(Math.abs(check.meanSignedRelativeError())),
        covered);
  }

  private static String covered(int covered, int of) {
    if (of == 1) {
      return "the measured loss lies "
          + (covered == 1 ? "within" : "outside")
          + " its 95% interval";
    }
    return Words.format(
        "%d of %d measured losses %s within the 95%% intervals",
        covered, of, covered == 1 ? "lies" : "lie");
  }

  private Table table(HeldOut check) {
    Table table =
        new Table(
            "heldout",
            "Held-out predictions",
            Cells.RUN,
            Cells.PARAMETERS,
            Cells.TOKENS,
            Cells.FLOPS,
            Cells.column("Measured", "measured"),
            Cells.column("Predicted", "predicted"),
            Cells.column("95% from", "lower"),
            Cells.column("to", "upper"),
            Cells.column("Error", "relativeError"));
    for (HeldOut.Prediction p : check.predictions()) {
      Interval interval = Cells.orNone(p.interval());
      table.row(
          Cells.text(p.run()),
          Cells.large(p.parameters()),
          Cells.large(p.tokens()),
          Cells.flops(p.flops()),
          Cells.loss(p.measured()),
          Cells.loss(p.predicted()),
          Cells.loss(interval.lower()),
          Cells.loss(interval.upper()),
          Cells.percent(p.relativeError()));
    }
    return table;
  }

  private Chart rolling(Conventions conventions) {
    Chart chart =
        new Chart(
            Axis.log("Cutoff: t" + conventions.computeAxis().substring(1), Axis.Format.POWER),
            Axis.linear("Relative to the loss", Axis.Format.PERCENT).within(0, Double.NaN));
    Chart.Mark width = chart.line("s1").named("mean half width of the 95% intervals");
    Chart.Mark error = chart.line("s0").named("mean error");
    for (RollingCheck.Cutoff c : fit.rolling().cutoffs()) {
      Tip tip =
          Tip.of("Cutoff at " + power(c.flops()) + " FLOPs")
              .line("fitted", compact(c.fitted()))
              .line("predicted", compact(c.predicted()))
              .line("within their intervals", compact(c.covered()))
              .line("mean error", Words.percent(c.meanRelativeError()))
              .line("mean half width", Words.percent(c.meanHalfWidth()));
      width.at(c.flops(), c.meanHalfWidth());
      error.at(c.flops(), c.meanRelativeError());
      chart.dots("s1").at(c.flops(), c.meanHalfWidth(), tip);
      chart.dots("s0").at(c.flops(), c.meanRelativeError(), tip);
    }
    return chart;
  }

  /** What the rolling cutoffs show. */
  static String sentence(RollingCheck check) {
    return Words.format(
        "Over %s, %d of %s (%s) %s within the 95%% interval, with a mean error of %s.",
        Words.count(check.cutoffs().size(), "cutoff"),
        check.covered(),
        Words.count(check.predictions(), "prediction"),
        Words.percent((double) check.covered() / check.predictions()),
        check.covered() == 1 ? "lies" : "lie",
        Words.percent(check.meanRelativeError()));
  }

  private Table rollingTable() {
    Table table =
        new Table(
            "rolling",
            "Rolling cutoffs",
            Cells.column("Cutoff C, FLOPs", "flops"),
            Cells.column("Fitted", "fitted"),
            Cells.column("Predicted", "predicted"),
            Cells.column("Within interval", "covered"),
            Cells.column("Mean error", "meanRelativeError"),
            Cells.column("Mean half width", "meanHalfWidth"));
    for (RollingCheck.Cutoff c : fit.rolling().cutoffs()) {
      table.row(
          Cells.flops(c.flops()),
          Cells.whole(c.fitted()),
          Cells.whole(c.predicted()),
          Cells.whole(c.covered()),
          Cells.share(c.meanRelativeError()),
          Cells.share(c.meanHalfWidth()));
    }
    return table;
  }
}
