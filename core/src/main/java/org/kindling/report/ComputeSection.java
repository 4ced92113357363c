package org.kindling.report;

import static org.kindling.scaling.Numbers.power;
import static org.kindling.scaling.Numbers.significant;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.Interval;
import org.kindling.scaling.PlannedBudget;
import org.kindling.scaling.PowerFit;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.ScalingPoint;

/** Loss against compute: every run, the envelope, and the law of the best loss. */
final class ComputeSection {
  private final ReportInput input;
  private final Optional<Approaches> approaches;

  ComputeSection(ReportInput input, Optional<Approaches> approaches) {
    this.input = input;
    this.approaches = approaches;
  }

  void addTo(Page page) {
    page.section("compute", "Loss against compute");
    if (input.runs().isEmpty()) {
      page.absent("Loss against compute", "Needs runs of a trained model among the evaluations");
      return;
    }
    Figure figure =
        new Figure(
            "compute", List.of(chart(page.conventions())), sentence(), reading(), checkpoints());
    page.figure(figure);
    if (approaches.isEmpty()) {
      page.absent("The law L(C)", "Needs a fitted law");
    } else if (input.fit().get().power().reason() != null) {
      page.absent("The law L(C)", "There is none: " + input.fit().get().power().reason());
    }
    input.fit().ifPresent(fit -> page.foldedTable(laws(fit)));
  }

  private Chart chart(Conventions conventions) {
    // Untrained checkpoints would squeeze the rest: the axis ends above the worst that counts.
    double roof =
        1.04
            * Math.max(
                input.finished().stream().mapToDouble(r -> r.last().loss()).max().orElse(0),
                input.baselines().stream().mapToDouble(EvaluationRow::loss).max().orElse(0));
    Axis y = Axis.loss().within(Double.NaN, roof > 0 ? roof : Double.NaN);
    Chart chart = new Chart(Axis.log(conventions.computeAxis(), Axis.Format.POWER), y);
    approaches.ifPresent(a -> a.drawPower(chart));
    BudgetDots dots = new BudgetDots(chart, input, 9);
    Map<String, Chart.Mark> paths = new HashMap<>();
    for (ReportInput.Run run : input.runs()) {
      path(paths.computeIfAbsent(input.ink(run), ink -> chart.line(ink).faint()), run);
      if (run.isFinished()) {
        dots.at(run.budget(), run.last().flops(), run.last().loss(), Tip.of(run.last()));
      }
    }
    input.fit().ifPresent(fit -> envelope(chart, fit));
    for (EvaluationRow baseline : input.baselines()) {
      chart.horizontal(
          baseline.loss(), baseline.run() + "  " + Words.fixed(baseline.loss(), 3) + " nats");
    }
    return chart;
  }

  /** The checkpoints on the way; a run of one checkpoint that is not its last is a dot. */
  private static void path(Chart.Mark path, ReportInput.Run run) {
    for (EvaluationRow row : run.checkpoints()) {
      path.at(row.flops(), row.loss(), row == run.last() ? Tip.none() : Tip.of(row));
    }
    path.gap();
  }

  private static void envelope(Chart chart, ScalingFit fit) {
    Chart.Mark rings = chart.rings("ink").named("envelope, approach 1");
    for (ScalingPoint p : fit.envelope().points()) {
      rings.at(p.flops(), p.loss(), Tip.of(p.run()).line("", "no cheaper run is better"));
    }
  }

  private String reading() {
    boolean checkpoints = input.runs().stream().anyMatch(r -> r.checkpoints().size() > 1);
    return "Dots are finished runs, coloured by budget"
        + (checkpoints ? "; thin lines lead to them through their checkpoints" : "")
        + (input.baselines().isEmpty() ? "." : "; dashed lines across are count models.");
  }

  /** What the figure shows. */
  String sentence() {
    int budgets = input.budgets().size();
    if (input.finished().isEmpty()) {
      return "No run has finished.";
    }
    if (budgets < 2) {
      return "All finished runs have about the same compute, "
          + power(input.budgets().get(0).flops())
          + " FLOPs.";
    }
    double first = input.bestLoss(0);
    double last = input.bestLoss(budgets - 1);
    double factor = input.budgets().get(budgets - 1).flops() / input.budgets().get(0).flops();
    return Words.format(
        "With %s the compute, the best validation loss %s from %.3f to %.3f nats per token%s.",
        Words.times(factor),
        last < first ? "falls" : "does not fall: it goes",
        first,
        last,
        approaches.map(this::outlook).orElse(""));
  }

  private String outlook(Approaches all) {
    PowerFit law = input.fit().orElseThrow().power();
    Optional<PlannedBudget.Approach> far = all.furthestPower();
    if (law.reason() != null || far.isEmpty()) {
      return "";
    }
    Interval interval = far.get().lossInterval();
    return Words.format(
        "; L(C) = %s·C^−%s + %s expects %.3f%s at %s FLOPs, %s the most expensive run",
        significant(law.scale(), 3),
        significant(law.exponent(), 3),
        law.irreducible() < 1e-6 ? "0" : significant(law.irreducible(), 3),
        far.get().loss(),
        interval == null ? "" : Words.interval(interval, 3).replace("95%:", "95% of the law:"),
        power(all.furthest()),
        Words.times(all.furthest() / all.largestFlops()));
  }

  private Table checkpoints() {
    Table table =
        new Table(
            "compute",
            "All checkpoints",
            Cells.RUN,
            Cells.FAMILY,
            Cells.FLOPS,
            Cells.PARAMETERS,
            Cells.TOKENS,
            Cells.LOSS,
            Cells.column("Bits / byte", "bitsPerByte"),
            Cells.column("Final", "final"),
            Cells.column("Envelope", "envelope"));
    Set<String> best = new HashSet<>();
    input.fit().ifPresent(f -> f.envelope().points().forEach(p -> best.add(p.run())));
    String family = input.fit().map(ScalingFit::family).orElse("");
    for (ReportInput.Run run : input.runs()) {
      for (EvaluationRow r : run.checkpoints()) {
        table.row(
            Cells.text(r.run()),
            Cells.text(r.family()),
            Cells.flops(r.flops()),
            Cells.large(r.parameters()),
            Cells.large(r.tokens()),
            Cells.loss(r.loss()),
            Cells.loss(r.bitsPerByte()),
            Cells.truth(r == run.last()),
            Cells.truth(r == run.last() && family.equals(r.family()) && best.contains(r.run())));
      }
    }
    return table;
  }

  private static Table laws(ScalingFit fit) {
    Table table =
        new Table(
            "power",
            "L(C) = a·C^−b + c",
            Cells.column("Through", "source"),
            Cells.column("a", "a"),
            Cells.column("b", "b"),
            Cells.column("c, nats", "c"),
            Cells.column("Points", "points"),
            Cells.column("Residual, rms", "residual"));
    PowerFit power = fit.power();
    table.row(
        Cells.text(power.source()),
        Cells.digits(power.scale(), 4),
        Cells.digits(power.exponent(), 4),
        Cells.digits(power.irreducible(), 4),
        Cells.whole(power.points()),
        Cells.share(power.residual()));
    if (!power.source().equals("envelope")) {
      table.row(
          Cells.text("envelope, approach 1"),
          Cells.digits(fit.envelope().scale(), 4),
          Cells.digits(fit.envelope().exponent(), 4),
          Cells.digits(fit.envelope().irreducible(), 4),
          Cells.whole(fit.envelope().points().size()),
          Cells.share(Double.NaN));
    }
    return table;
  }
}
