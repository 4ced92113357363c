package org.kindling.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.kindling.scaling.Budget;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.Numbers;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.ScalingPoint;

/** The evaluations as a reader thinks of them: runs with their checkpoints, budgets, baselines. */
final class ReportInput {
  /**
   * A run with all its checkpoints.
   *
   * @param budget index of its budget, -1 if it has no final checkpoint
   * @param checkpoints by tokens, the final one included
   * @param last the final checkpoint, null if there is none
   */
  record Run(
      String name, String family, int budget, List<EvaluationRow> checkpoints, EvaluationRow last) {
    boolean isFinished() {
      return last != null;
    }
  }

  private final List<EvaluationRow> rows;
  private final Optional<ScalingFit> fit;
  private final List<Budget> budgets;
  private final List<Run> runs = new ArrayList<>();

  ReportInput(List<EvaluationRow> rows, Optional<ScalingFit> fit) {
    this.rows = rows;
    this.fit = fit;
    this.budgets =
        Budget.group(
            rows.stream()
                .filter(r -> r.isFinal() && !r.isBaseline())
                .map(ReportInput::point)
                .toList());
    Map<List<String>, List<EvaluationRow>> byRun = new LinkedHashMap<>();
    for (EvaluationRow row : rows) {
      if (!row.isBaseline()) {
        byRun.computeIfAbsent(List.of(row.family(), row.run()), k -> new ArrayList<>()).add(row);
      }
    }
    byRun.forEach((key, of) -> runs.addAll(split(key.get(1), key.get(0), of)));
    runs.sort(
        Comparator.comparingInt(Run::budget)
            .thenComparingDouble(r -> r.checkpoints().get(0).parameters()));
  }

  private static ScalingPoint point(EvaluationRow row) {
    return new ScalingPoint(row.run(), row.parameters(), row.tokens(), row.flops(), row.loss());
  }

  /** Rows of one name; where several are final, their names are not unique and each is a run. */
  private List<Run> split(String name, String family, List<EvaluationRow> of) {
    List<EvaluationRow> finals = of.stream().filter(EvaluationRow::isFinal).toList();
    if (finals.size() > 1) {
      return finals.stream()
          .map(last -> new Run(name, family, budget(last), List.of(last), last))
          .toList();
    }
    List<EvaluationRow> sorted =
        of.stream().sorted(Comparator.comparingDouble(EvaluationRow::tokens)).toList();
    EvaluationRow last = finals.isEmpty() ? null : finals.get(0);
    return List.of(new Run(name, family, last == null ? -1 : budget(last), sorted, last));
  }

  private int budget(EvaluationRow last) {
    for (int i = 0; i < budgets.size(); i++) {
      if (budgets.get(i).points().contains(point(last))) {
        return i;
      }
    }
    throw new IllegalStateException("run " + last.run() + " lost its budget");
  }

  List<EvaluationRow> rows() {
    return rows;
  }

  Optional<ScalingFit> fit() {
    return fit;
  }

  List<Budget> budgets() {
    return budgets;
  }

  List<Run> runs() {
    return runs;
  }

  List<Run> finished() {
    return runs.stream().filter(Run::isFinished).toList();
  }

  /** The finished run with the lowest loss. */
  Optional<Run> best() {
    return finished().stream().min(Comparator.comparingDouble(r -> r.last().loss()));
  }

  /** Count models, the worst first. */
  List<EvaluationRow> baselines() {
    return rows.stream()
        .filter(EvaluationRow::isBaseline)
        .sorted(Comparator.comparingDouble(EvaluationRow::loss).reversed())
        .toList();
  }

  Optional<EvaluationRow> baseline(String family) {
    return baselines().stream().filter(r -> r.family().equals(family)).findFirst();
  }

  /** What the law says of a row; NaN without a law, or if the row is not of the law's family. */
  double predicted(EvaluationRow row) {
    if (fit.isEmpty() || !row.family().equals(fit.get().family())) {
      return Double.NaN;
    }
    return fit.get().parametric().law().loss(row.parameters(), row.tokens());
  }

  /** (measured − predicted) / predicted. */
  double residual(EvaluationRow row) {
    return row.loss() / predicted(row) - 1;
  }

  /** Whether the law was fitted to this run: it is finished and of the law's family. */
  boolean isFitted(Run run) {
    return run.isFinished() && fit.isPresent() && run.family().equals(fit.get().family());
  }

  double flops(Run run) {
    return run.last().flops();
  }

  /** C of the runs that were fitted. */
  DoubleStream fittedFlops() {
    return finished().stream().filter(this::isFitted).mapToDouble(this::flops);
  }

  /** The lowest loss of a budget. */
  double bestLoss(int budget) {
    return finished().stream()
        .filter(r -> r.budget() == budget)
        .mapToDouble(r -> r.last().loss())
        .min()
        .orElseThrow();
  }

  /** The colour of a run's budget: {@code b3}, or muted if it has not finished. */
  String ink(Run run) {
    return run.isFinished() ? "b" + run.budget() : "muted";
  }

  /** The colour of the budget nearest to a compute. */
  String ink(double flops) {
    return "b" + nearest(flops);
  }

  /** As the legend calls it. */
  String budgetName(int budget) {
    return Numbers.power(budgets.get(budget).flops()) + " FLOPs";
  }

  /** The budget nearest to a compute. */
  int nearest(double flops) {
    int nearest = 0;
    for (int i = 1; i < budgets.size(); i++) {
      double distance = Math.abs(Math.log(budgets.get(i).flops() / flops));
      nearest = distance < Math.abs(Math.log(budgets.get(nearest).flops() / flops)) ? i : nearest;
    }
    return nearest;
  }
}
