package org.kindling.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.kindling.scaling.EvaluationRow;

/**
 * Loss against compute of every family: the best that it reached with no more compute.
 *
 * @see <a href="https://arxiv.org/abs/2001.08361">Kaplan et al. 2020, figure 7</a>
 */
final class FamilyFigure {
  private FamilyFigure() {}

  /** None if all runs are of one family. */
  static Optional<LineFigure> of(ReportInput input) {
    Map<String, List<EvaluationRow>> byFamily = new LinkedHashMap<>();
    for (ReportInput.Run run : input.runs()) {
      byFamily.computeIfAbsent(run.family(), f -> new ArrayList<>()).addAll(run.checkpoints());
    }
    if (byFamily.size() < 2) {
      return Optional.empty();
    }
    List<LineFigure.Series> series = new ArrayList<>();
    byFamily.forEach((family, rows) -> series.add(new LineFigure.Series(family, frontier(rows))));
    return Optional.of(
        new LineFigure(
            "families",
            "Families",
            "Held-out loss against training compute, one line a family: the lowest loss among its"
                + " checkpoints of no more compute.",
            new LineFigure.Axis("Training compute C, FLOPs", true),
            new LineFigure.Axis("Held-out loss, nats per token", true),
            series));
  }

  private static List<double[]> frontier(List<EvaluationRow> rows) {
    List<double[]> points = new ArrayList<>();
    double best = Double.POSITIVE_INFINITY;
    List<EvaluationRow> cheapestFirst =
        rows.stream().sorted(Comparator.comparingDouble(EvaluationRow::flops)).toList();
    for (EvaluationRow row : cheapestFirst) {
      if (row.loss() < best) {
        best = row.loss();
        points.add(new double[] {row.flops(), row.loss()});
      }
    }
    return points;
  }
}
