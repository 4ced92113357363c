package org.kindling.report;

import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * The tables that {@code kindling diagnose} writes, read. Each has the columns {@code run} and
 * {@code family}, one for x and one or more for y; every run is a line.
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

  private final Map<String, List<Row>> tables;

  private Diagnostics(Map<String, List<Row>> tables) {
    this.tables = tables;
  }

  /**
   * A row of one of the tables.
   *
   * @param values of the columns after run and family, by name
   */
  record Row(String run, String family, Map<String, Double> values) {}

  /** No tables, no figures. */
  public static Diagnostics none() {
    return new Diagnostics(Map.of());
  }

  /**
   * @param tables content by file name; those missing have no figures
   * @throws IllegalArgumentException naming file, line and what is not as expected
   */
  public static Diagnostics of(Map<String, String> tables) {
    Map<String, List<Row>> read = new TreeMap<>();
    tables.forEach((file, csv) -> read.put(file, read(file, csv)));
    return new Diagnostics(read);
  }

  /** The rows of a table; none if it is not there. */
  List<Row> rows(String file) {
    return tables.getOrDefault(file, List.of());
  }

  private static List<Row> read(String file, String csv) {
    List<String> columns = COLUMNS.get(file);
    List<Row> rows = new ArrayList<>();
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
        Map<String, Double> values = new LinkedHashMap<>();
        for (String column : columns.subList(2, columns.size())) {
          values.put(column, number(file, row, column));
        }
        rows.add(new Row(row.get("run"), row.get("family"), values));
      }
    } catch (IOException e) {
      throw new IllegalStateException("a text does not fail", e);
    }
    return rows;
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
