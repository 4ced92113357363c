package org.kindling.scaling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which rows are fitted: fully trained models of one family.
 *
 * @param family the family fitted; empty if the CSV names none
 * @param points to fit, in the order of the rows
 * @param excluded final rows left out, and the number of checkpoints in one entry per reason
 * @param warnings sentences
 */
public record PointSelection(
    String family, List<ScalingPoint> points, List<Exclusion> excluded, List<String> warnings) {
  private static final String BASELINE = "a count model is a baseline, not a point of the law";
  private static final String NOT_FINAL = "not the run's last, fully decayed checkpoint";

  /**
   * Chooses from all rows of the evaluations.
   *
   * @throws UnfittableException if no row is left, or several families are and none was chosen
   */
  public static PointSelection of(List<EvaluationRow> unscaled, FitSettings settings) {
    List<EvaluationRow> rows = Units.applied(unscaled, settings);
    String family = family(rows, settings.family());
    List<ScalingPoint> points = new ArrayList<>();
    List<Exclusion> excluded = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    Map<List<Double>, EvaluationRow> seen = new HashMap<>();
    for (EvaluationRow row : rows) {
      String reason = reasonAgainst(row, family);
      EvaluationRow twin =
          reason == null ? seen.putIfAbsent(List.of(row.parameters(), row.tokens()), row) : null;
      if (twin != null && twin.loss() == row.loss()) {
        reason = "the same parameters, tokens and loss as run " + twin.run();
      } else if (twin != null) {
        warnings.add(
            String.format(
                "Runs %s and %s have the same parameters and tokens; both are fitted.",
                twin.run(), row.run()));
      }
      if (reason != null) {
        excluded.add(Exclusion.of(row, reason));
      } else {
        double parameters = settings.parameterCount().of(row);
        double flops = settings.flopsCount().of(row, parameters);
        points.add(new ScalingPoint(row.run(), parameters, row.tokens(), flops, row.loss()));
      }
    }
    return new PointSelection(family, points, excluded, warnings);
  }

  private static String reasonAgainst(EvaluationRow row, String family) {
    if (row.isBaseline()) {
      return BASELINE;
    }
    if (!row.family().equals(family)) {
      return "of family " + row.family() + ", the law is of " + family;
    }
    return row.isFinal() ? null : NOT_FINAL;
  }

  private static String family(List<EvaluationRow> rows, String wanted) {
    Map<String, Integer> found = new TreeMap<>();
    for (EvaluationRow row : rows) {
      if (!row.isBaseline() && row.isFinal()) {
        found.merge(row.family(), 1, Integer::sum);
      }
    }
    if (found.isEmpty()) {
      throw new UnfittableException(
          "evaluations: found no final row of a trained model among "
              + rows.size()
              + " rows; finish the runs, or drop the column final");
    }
    if (!wanted.isEmpty() && !found.containsKey(wanted)) {
      throw new IllegalArgumentException(
          "--family: no final rows of '" + wanted + "', found " + found.keySet());
    }
    if (wanted.isEmpty() && found.size() > 1) {
      throw new UnfittableException(
          "evaluations: found final rows of several families "
              + found
              + ", and each has its own law; choose one with --family");
    }
    return wanted.isEmpty() ? found.keySet().iterator().next() : wanted;
  }
}
