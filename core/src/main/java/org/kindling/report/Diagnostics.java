package org.kindling.report;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.kindling.report.LineFigure.Axis;

/**
 * The tables that {@code kindling diagnose} writes, as figures. Each has the columns {@code run}
 * and {@code family}, one for x and one or more for y; every run is a line.
 */
public final class Diagnostics {
  public static final String GRADIENTS = "gradients.csv";
  public static final String POSITIONS = "positions.csv";
  public static final String COST = "cost.csv";

  /** Columns of each table, as written and expected. */
  public static final Map<String, List<String>> COLUMNS =
      Map.of(
          GRADIENTS,
          List.of("run", "family", "distance", "norm"),
          POSITIONS,
          List.of("run", "family", "position", "loss"),
          COST,
          List.of(
              "run",
              "family",
              "context",
              "trainingSecondsPerToken",
              "generationSecondsPerToken",
              "trainingBytes"));

  private static final String SECTION = "What models make of their context";

  private final List<LineFigure> figures = new ArrayList<>();

  private Diagnostics() {}

  /** No tables, no figures. */
  public static Diagnostics none() {
    return new Diagnostics();
  }

  /**
   * @param tables content by file name; those missing have no figures
   * @throws IllegalArgumentException naming file, line and what is not as expected
   */
  public static Diagnostics of(Map<String, String> tables) {
    Diagnostics all = new Diagnostics();
    all.add(
        tables,
        GRADIENTS,
        "norm",
        "Norm of the gradient of a prediction's loss with respect to the vector of the token so many"
            + " positions before. A straight fall is a gradient that vanishes exponentially; a"
            + " rise, one that explodes.",
        new Axis("Distance, tokens", false),
        new Axis("Gradient norm", true));
    all.add(
        tables,
        POSITIONS,
        "loss",
        "Held-out loss by position in the context: a model that uses what came before gets better"
            + " along it.",
        new Axis("Position in the context", false),
        new Axis("Held-out loss, nats per token", false));
    Axis context = new Axis("Context, tokens", true);
    all.add(
        tables,
        COST,
        "trainingSecondsPerToken",
        "Time of forward and backward per token against context length: level where the whole grows"
            + " linearly, rising where it grows faster.",
        context,
        new Axis("Seconds per trained token", true));
    all.add(
        tables,
        COST,
        "generationSecondsPerToken",
        "Time of one more token after a full context.",
        context,
        new Axis("Seconds per generated token", true));
    all.add(
        tables,
        COST,
        "trainingBytes",
        "Memory to train on one sequence, by estimate.",
        context,
        new Axis("Bytes", true));
    return all;
  }

  List<LineFigure> figures() {
    return List.copyOf(figures);
  }

  private void add(
      Map<String, String> tables, String file, String column, String caption, Axis x, Axis y) {
    if (tables.containsKey(file)) {
      String heading = figures.isEmpty() ? SECTION : "";
      String id = "diagnosis-" + figures.size();
      List<LineFigure.Series> series = series(file, tables.get(file), column);
      figures.add(new LineFigure(id, heading, caption, x, y, series));
    }
  }

  private static List<LineFigure.Series> series(String file, String csv, String column) {
    List<String> columns = COLUMNS.get(file);
    Map<String, List<double[]>> points = new LinkedHashMap<>();
    CSVFormat format = CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).build();
    try (CSVParser parser = format.parse(new StringReader(csv))) {
      if (!parser.getHeaderNames().equals(columns)) {
        throw new IllegalArgumentException(
            file
                + ": expected the columns "
                + String.join(",", columns)
                + ", found "
                + String.join(",", parser.getHeaderNames())
                + "; write it again with kindling diagnose");
      }
      for (CSVRecord row : parser) {
        double[] point = {number(file, row, columns.get(2)), number(file, row, column)};
        points.computeIfAbsent(row.get("run"), run -> new ArrayList<>()).add(point);
      }
    } catch (IOException e) {
      throw new IllegalStateException("a text does not fail", e);
    }
    return points.entrySet().stream()
        .map(entry -> new LineFigure.Series(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static double number(String file, CSVRecord row, String column) {
    try {
      return Double.parseDouble(row.get(column));
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new IllegalArgumentException(
          String.format(
              "%s, line %d, %s: expected a number; write it again with kindling diagnose",
              file, row.getRecordNumber() + 1, column));
    }
  }
}
