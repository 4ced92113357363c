package org.kindling.report;

import static org.kindling.scaling.Numbers.power;
import static org.kindling.scaling.Numbers.significant;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.FamilyCurve;
import org.kindling.scaling.PowerFit;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.ScalingPoint;

/** Families of models beside each other, and how much compute each needs for the same loss. */
final class FamilySection {
  private static final List<String> SYMBOLS =
      List.of("circle", "diamond", "triangle", "rect", "pin", "roundRect");

  private final ReportInput input;

  /** Null without a law. */
  private final ScalingFit fit;

  private final List<FamilyCurve> families;

  FamilySection(ReportInput input) {
    this.input = input;
    this.fit = input.fit().orElse(null);
    this.families = fit == null ? FamilyCurve.envelopes(input.rows()) : fit.families();
  }

  void addTo(Page page) {
    page.section("families", "Families of models");
    if (families.size() < 2) {
      page.absent(
          "Loss against compute by family",
          "Needs finished runs of a second family, trained on the same data, among the"
              + " evaluations");
      return;
    }
    if (fit == null || fit.power().reason() != null) {
      page.figure(
          new Figure(
              "families",
              List.of(losses(page.conventions())),
              Words.sentence(lowest()),
              "The runs of each family that no cheaper run beats.",
              table()));
      page.absent(
          "How much more compute a family needs", "Needs the law L(C) of one: fit with --family");
      return;
    }
    page.figure(
        new Figure(
            "families",
            List.of(losses(page.conventions()), multipliers(page.conventions())),
            sentence(),
            "Left, the runs of each family that no cheaper run beats, with L(C) of the family"
                + " fitted; right, their compute over what L(C) needs for the same loss."
                + " Compute of families other than the one fitted is as recorded.",
            table()));
  }

  private Chart losses(Conventions conventions) {
    Chart chart = new Chart(Axis.log(conventions.computeAxis(), Axis.Format.POWER), Axis.loss());
    if (fit != null) {
      law(chart);
    }
    for (int i = 0; i < families.size(); i++) {
      FamilyCurve family = families.get(i);
      Chart.Mark line = chart.line(ink(i));
      Chart.Mark dots = chart.dots(ink(i)).symbol(symbol(i)).named(name(family));
      for (ScalingPoint p : family.points()) {
        line.at(p.flops(), p.loss());
        dots.at(p.flops(), p.loss(), tip(family, p));
      }
    }
    for (EvaluationRow baseline : input.baselines()) {
      chart.horizontal(baseline.loss(), baseline.run());
    }
    return chart;
  }

  private void law(Chart chart) {
    PowerFit law = fit.power();
    if (law.reason() == null) {
      double least = Double.POSITIVE_INFINITY;
      double most = 0;
      for (FamilyCurve family : families) {
        for (ScalingPoint p : family.points()) {
          least = Math.min(least, p.flops());
          most = Math.max(most, p.flops());
        }
      }
      chart.line("ink").dashed().named("L(C) of " + fit.family()).curve(least, most, law::loss);
    }
  }

  private Chart multipliers(Conventions conventions) {
    Chart chart =
        new Chart(
            new Axis(
                "Loss reached, nats per token",
                Axis.Scale.LOG,
                Axis.Format.PLAIN,
                Double.NaN,
                Double.NaN),
            Axis.log("Compute needed, times that of " + fit.family(), Axis.Format.PLAIN));
    chart.horizontal(1, fit.family());
    for (int i = 0; i < families.size(); i++) {
      FamilyCurve family = families.get(i);
      Chart.Mark line = chart.line(ink(i));
      Chart.Mark dots = chart.dots(ink(i)).symbol(symbol(i)).named(name(family));
      for (int k = 0; k < family.points().size(); k++) {
        ScalingPoint p = family.points().get(k);
        line.at(p.loss(), family.multipliers().get(k));
        dots.at(p.loss(), family.multipliers().get(k), tip(family, p));
      }
    }
    return chart;
  }

  private static String ink(int family) {
    return "s" + family;
  }

  private static String symbol(int family) {
    return SYMBOLS.get(family % SYMBOLS.size());
  }

  private static String name(FamilyCurve family) {
    return family.family().isEmpty() ? "no family named" : family.family();
  }

  private static Tip tip(FamilyCurve family, ScalingPoint p) {
    double times = family.multipliers().get(family.points().indexOf(p));
    return Tip.of(p.run() + ", " + name(family))
        .line("C", power(p.flops()) + " FLOPs")
        .loss("loss", p.loss())
        .line("compute needed", Double.isFinite(times) ? Words.times(times) : "never reached");
  }

  /** What the figure shows: one clause a family, at the lowest loss it shares with the fitted. */
  String sentence() {
    List<String> clauses = new ArrayList<>();
    for (FamilyCurve family : families) {
      if (!family.family().equals(fit.family())) {
        clauses.add(clause(family));
      }
    }
    return Words.sentence(lowest() + "; " + Words.list(clauses));
  }

  /** The lowest loss of each family, from the best. */
  String lowest() {
    List<String> best =
        families.stream()
            .sorted(Comparator.comparingDouble(FamilySection::leastLoss))
            .map(family -> Words.fixed(leastLoss(family), 3) + " of " + name(family))
            .toList();
    return "the lowest losses in nats per token are " + Words.list(best);
  }

  private static double leastLoss(FamilyCurve family) {
    return family.points().get(family.points().size() - 1).loss();
  }

  private String clause(FamilyCurve family) {
    for (int k = family.points().size() - 1; k >= 0; k--) {
      double times = family.multipliers().get(k);
      double loss = family.points().get(k).loss();
      if (Double.isFinite(times)) {
        return Words.format(
            "for a loss of %.3f nats per token %s needs %s the compute of %s (%s on average over"
                + " its envelope)",
            loss,
            name(family),
            Words.times(times),
            fit.family(),
            significant(family.multiplier(), 2) + "×");
      }
    }
    return name(family) + " has no loss that the law of " + fit.family() + " reaches";
  }

  private Table table() {
    Table table =
        new Table(
            "families",
            "Envelopes of families and compute multipliers",
            Cells.FAMILY,
            Cells.RUN,
            Cells.FLOPS,
            Cells.PARAMETERS,
            Cells.TOKENS,
            Cells.LOSS,
            Cells.column("Compute multiplier", "multiplier"));
    for (FamilyCurve family : families) {
      for (int k = 0; k < family.points().size(); k++) {
        ScalingPoint p = family.points().get(k);
        table.row(
            Cells.text(family.family()),
            Cells.text(p.run()),
            Cells.flops(p.flops()),
            Cells.large(p.parameters()),
            Cells.large(p.tokens()),
            Cells.loss(p.loss()),
            Cells.digits(family.multipliers().get(k), 3));
      }
    }
    return table;
  }
}
