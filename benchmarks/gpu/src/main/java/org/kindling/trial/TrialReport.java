package org.kindling.trial;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All rows, as a table for people and as JSON for programs.
 *
 * @param machine what computed, in words
 */
record TrialReport(String machine, double seconds, List<Row> rows) {
  private static final int FAILURE = 1;

  /** Of the process: 1 if anything failed. */
  int status() {
    return count(Outcome.FAILED) > 0 ? FAILURE : 0;
  }

  private long count(Outcome outcome) {
    return rows.stream().filter(row -> row.outcome() == outcome).count();
  }

  String table() {
    int section = width("section", rows.stream().map(Row::section).toList());
    int what = width("what", rows.stream().map(Row::what).toList());
    int outcome = width("outcome", rows.stream().map(row -> row.outcome().label()).toList());
    String format = "| %-" + section + "s | %-" + what + "s | %-" + outcome + "s | %s |%n";
    StringBuilder table = new StringBuilder();
    table.append(String.format("Kindling on %s%n%n", machine));
    table.append(String.format(format, "section", "what", "outcome", "result"));
    table.append("|---|---|---|---|").append(System.lineSeparator());
    for (Row row : rows) {
      String result = row.result().replaceAll("\\s+", " ").replace("|", "/");
      table.append(String.format(format, row.section(), row.what(), row.outcome().label(), result));
    }
    return table.append(String.format("%n%s%n", summary())).toString();
  }

  private static int width(String heading, List<String> cells) {
    return Math.max(heading.length(), cells.stream().mapToInt(String::length).max().orElse(0));
  }

  private String summary() {
    return String.format(
        "%d failed, %d passed, %d measured, %d not run, in %.0f s",
        count(Outcome.FAILED),
        count(Outcome.PASSED),
        count(Outcome.MEASURED),
        count(Outcome.NOT_RUN),
        seconds);
  }

  void write(Path file) throws IOException {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("machine", machine);
    json.put("seconds", seconds);
    json.put("status", status());
    json.put("rows", rows);
    Path parent = file.toAbsolutePath().getParent();
    Files.createDirectories(parent);
    new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
  }
}
