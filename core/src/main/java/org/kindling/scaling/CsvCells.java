package org.kindling.scaling;

import java.util.List;
import java.util.Locale;
import org.apache.commons.csv.CSVRecord;

/** One line of the evaluations CSV, read cell by cell with errors that say where. */
final class CsvCells {
  private static final List<String> SHAPE =
      List.of("layers", "heads", "width", "context", "vocabulary");

  private final CSVRecord record;
  private final String source;

  CsvCells(CSVRecord record, String source) {
    this.record = record;
    this.source = source;
  }

  EvaluationRow row() {
    if (!record.isConsistent()) {
      throw new IllegalArgumentException(
          source
              + ", row "
              + rowNumber()
              + ": found "
              + record.size()
              + " cells, expected "
              + record.getParser().getHeaderMap().size()
              + " as in the header");
    }
    boolean baseline = EvaluationRow.isBaseline(text("family"));
    double parameters = baseline ? positiveIfAny("parameters") : positive("parameters");
    double tokens = baseline ? positiveIfAny("tokens") : positive("tokens");
    // A count model is not trained by gradients: 6·N·D would be an invention.
    double estimated = baseline ? Double.NaN : Flops.ofTraining(parameters, tokens);
    String run = text("run");
    return new EvaluationRow(
        run.isEmpty() ? "row " + rowNumber() : run,
        text("family"),
        step(),
        parameters,
        has("embeddingParameters") ? notNegative("embeddingParameters") : Double.NaN,
        tokens,
        has("flops") ? positive("flops") : estimated,
        positive("loss"),
        positiveIfAny("bitsPerByte"),
        has("standardError") ? notNegative("standardError") : Double.NaN,
        !has("final") || isFinal(),
        shape());
  }

  /** Null unless all of it is there. */
  private TransformerShape shape() {
    for (String column : SHAPE) {
      if (!has(column)) {
        return null;
      }
    }
    return new TransformerShape(
        count("layers"), count("heads"), count("width"), count("context"), count("vocabulary"));
  }

  private int count(String column) {
    double value = number(column);
    if (!(value >= 1) || value != Math.rint(value) || value > Integer.MAX_VALUE) {
      throw bad(column, "a whole number of at least 1");
    }
    return (int) value;
  }

  private double positiveIfAny(String column) {
    return has(column) ? positive(column) : Double.NaN;
  }

  /** As a spreadsheet counts: the header is row 1. */
  private long rowNumber() {
    return record.getRecordNumber() + 1;
  }

  private String text(String column) {
    return record.isMapped(column) ? record.get(column) : "";
  }

  private boolean has(String column) {
    return !text(column).isEmpty();
  }

  private long step() {
    if (!has("step")) {
      return -1;
    }
    double step = notNegative("step");
    if (step != Math.rint(step)) {
      throw bad("step", "a whole number");
    }
    return (long) step;
  }

  private boolean isFinal() {
    return switch (text("final").toLowerCase(Locale.ROOT)) {
      case "true", "1", "yes" -> true;
      case "false", "0", "no" -> false;
      default -> throw bad("final", "true or false");
    };
  }

  private double positive(String column) {
    double value = number(column);
    if (!(value > 0) || Double.isInfinite(value)) {
      throw bad(column, "a positive number");
    }
    return value;
  }

  private double notNegative(String column) {
    double value = number(column);
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw bad(column, "a number of at least 0");
    }
    return value;
  }

  private double number(String column) {
    try {
      return Double.parseDouble(text(column));
    } catch (NumberFormatException e) {
      throw bad(column, "a number");
    }
  }

  private IllegalArgumentException bad(String column, String expected) {
    return new IllegalArgumentException(
        source
            + ", row "
            + rowNumber()
            + ", column "
            + column
            + ": found '"
            + text(column)
            + "', expected "
            + expected);
  }
}
