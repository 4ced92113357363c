package org.kindling.scaling;

import java.util.List;

/**
 * Evaluations with parameters and FLOPs as a fit counts them: what is drawn beside a law must be
 * counted by the law's rules.
 */
public final class CountedRows {
  private CountedRows() {}

  /** Rows of the fit's family by its rules; those of other families and baselines as recorded. */
  public static List<EvaluationRow> of(List<EvaluationRow> rows, ScalingFit fit) {
    return Units.applied(rows, fit.settings()).stream()
        .map(row -> row.family().equals(fit.family()) ? counted(row, fit.settings()) : row)
        .toList();
  }

  private static EvaluationRow counted(EvaluationRow row, FitSettings settings) {
    double parameters = settings.parameterCount().of(row);
    return new EvaluationRow(
        row.run(),
        row.family(),
        row.step(),
        parameters,
        row.embeddingParameters(),
        row.tokens(),
        settings.flopsCount().of(row, parameters),
        row.loss(),
        row.bitsPerByte(),
        row.standardError(),
        row.isFinal(),
        row.shape());
  }
}
