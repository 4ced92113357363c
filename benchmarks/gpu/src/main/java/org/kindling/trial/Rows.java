package org.kindling.trial;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The rows of one section, in a file that gets each as soon as it is known: what a process found
 * before it died is kept. Threads share it.
 */
final class Rows {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final String section;

  Rows(Path file, String section) {
    this.file = file;
    this.section = section;
  }

  void passed(String what, String result, Map<String, Object> values) {
    add(new Row(section, what, Outcome.PASSED, result, values));
  }

  void measured(String what, String result, Map<String, Object> values) {
    add(new Row(section, what, Outcome.MEASURED, result, values));
  }

  void failed(String what, String result, Map<String, Object> values) {
    add(new Row(section, what, Outcome.FAILED, result, values));
  }

  void notRun(String what, String reason) {
    add(new Row(section, what, Outcome.NOT_RUN, reason, Map.of()));
  }

  synchronized void add(Row row) {
    try {
      Files.writeString(
          file,
          JSON.writeValueAsString(row) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be written", e);
    }
  }

  /** What was added, without what was replaced; a line that a killed process left half is none. */
  List<Row> read() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
      if (line.endsWith("}")) {
        Row row = JSON.readValue(line, Row.class);
        rows.removeIf(row::replaces);
        rows.add(row);
      }
    }
    return rows;
  }
}
