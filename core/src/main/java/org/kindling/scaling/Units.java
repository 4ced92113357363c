package org.kindling.scaling;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * Counts in other units than one: scaled where the user has said so, asked about where they look
 * like it, never scaled in silence.
 */
final class Units {
  /** No model is trained on fewer tokens per parameter; tokens in thousands fall below. */
  private static final double FEWEST_TOKENS_PER_PARAMETER = 1e-3;

  private static final double MOST_TOKENS_PER_PARAMETER = 1e6;

  /** Models and runs smaller than this are unheard of: a count in millions or billions is not. */
  private static final double SMALLEST_COUNT = 1000;

  /** A row this far from the others is in another unit than they are. */
  private static final double ANOTHER_UNIT = 1e-4;

  private static final double USUAL_TOKENS_PER_PARAMETER = 20;
  private static final double USUAL_PARAMETERS = 1e8;

  private Units() {}

  /** All rows in units of one. */
  static List<EvaluationRow> applied(List<EvaluationRow> rows, FitSettings settings) {
    double parameters = settings.parameterUnit().size();
    double tokens = settings.tokenUnit().size();
    List<EvaluationRow> scaled =
        parameters == 1 && tokens == 1
            ? rows
            : rows.stream().map(r -> scaled(r, parameters, tokens)).toList();
    requirePlausible(scaled.stream().filter(r -> !r.isBaseline()).toList(), settings);
    return scaled;
  }

  private static EvaluationRow scaled(EvaluationRow row, double parameters, double tokens) {
    if (row.isBaseline()) {
      return row;
    }
    boolean estimated = row.flops() == Flops.ofTraining(row.parameters(), row.tokens());
    return new EvaluationRow(
        row.run(),
        row.family(),
        row.step(),
        row.parameters() * parameters,
        row.embeddingParameters() * parameters,
        row.tokens() * tokens,
        estimated ? row.flops() * parameters * tokens : row.flops(),
        row.loss(),
        row.bitsPerByte(),
        row.standardError(),
        row.isFinal(),
        row.shape());
  }

  private static void requirePlausible(List<EvaluationRow> rows, FitSettings settings) {
    if (rows.isEmpty()) {
      return;
    }
    double parameters = median(rows, EvaluationRow::parameters);
    double tokens = median(rows, EvaluationRow::tokens);
    double ratio = median(rows, r -> r.tokens() / r.parameters());
    if (settings.parameterUnit() == Unit.UNSTATED
        && (parameters < SMALLEST_COUNT || ratio > MOST_TOKENS_PER_PARAMETER)) {
      double ideal =
          parameters < SMALLEST_COUNT && tokens < SMALLEST_COUNT
              ? USUAL_PARAMETERS
              : tokens / USUAL_TOKENS_PER_PARAMETER;
      throw ask("parameters", parameters, guess(ideal / parameters), "--parameter-unit");
    }
    if (settings.tokenUnit() == Unit.UNSTATED) {
      if (tokens < SMALLEST_COUNT || ratio < FEWEST_TOKENS_PER_PARAMETER) {
        double ideal = parameters * USUAL_TOKENS_PER_PARAMETER;
        throw ask("tokens", tokens, guess(ideal / tokens), "--token-unit");
      }
      requireOneUnit(rows, "tokens", tokens, ratio);
    }
    requireFlops(rows, settings);
  }

  private static IllegalArgumentException ask(
      String column, double median, Unit guess, String option) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "column %s: found a median of %s, expected a count; it looks like %ss. Say %s %s, or"
                + " %s one if it is a count",
            column,
            Numbers.significant(median, 3),
            guess.word(),
            option,
            guess.word(),
            option));
  }

  /** A column of which some rows count in thousands or more, and the others do not. */
  private static void requireOneUnit(
      List<EvaluationRow> rows, String column, double median, double ratio) {
    for (EvaluationRow row : rows) {
      if (row.tokens() < ANOTHER_UNIT * median
          && row.tokens() / row.parameters() < ANOTHER_UNIT * ratio) {
        Unit guess = guess(ratio * row.parameters() / row.tokens());
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "run %s, column %s: found %s where the median is %s; this row looks like %ss."
                    + " Write all rows in one unit, or say --token-unit one if they are",
                row.run(),
                column,
                Numbers.significant(row.tokens(), 3),
                Numbers.compact(median),
                guess.word()));
      }
    }
  }

  /** FLOPs that are thousands of times 6·N·D say that N or D is in another unit. */
  private static void requireFlops(List<EvaluationRow> rows, FitSettings settings) {
    double k = median(rows, r -> r.flops() / r.parameters() / r.tokens());
    if (k < ANOTHER_UNIT || k > 1 / ANOTHER_UNIT) {
      boolean stated =
          settings.tokenUnit() != Unit.UNSTATED && settings.parameterUnit() != Unit.UNSTATED;
      if (!stated) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "column flops: found %s times parameters · tokens, expected about 6; a column is"
                    + " in another unit. Say --token-unit and --parameter-unit (%s?), or write"
                    + " FLOPs as a count",
                Numbers.scientific(k),
                guess(k / Flops.PER_PARAMETER_AND_TOKEN).word()));
      }
    }
  }

  private static Unit guess(double factor) {
    Unit best = Unit.THOUSAND;
    for (Unit unit : List.of(Unit.MILLION, Unit.BILLION, Unit.TRILLION)) {
      if (Math.abs(Math.log(factor / unit.size())) < Math.abs(Math.log(factor / best.size()))) {
        best = unit;
      }
    }
    return best;
  }

  private static double median(List<EvaluationRow> rows, ToDoubleFunction<EvaluationRow> of) {
    double[] sorted = rows.stream().mapToDouble(of).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
