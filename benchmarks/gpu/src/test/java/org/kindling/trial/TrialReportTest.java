package org.kindling.trial;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrialReportTest {
  private static final Row PASSED =
      new Row("curve", "500 steps", Outcome.PASSED, "3e-7", Map.of("limit", 1e-3));
  private static final Row NOT_RUN =
      new Row("pytorch", "all", Outcome.NOT_RUN, "no torch", Map.of());
  private static final Row FAILED =
      new Row("tests", "one test", Outcome.FAILED, "expected 1\n| found 2", Map.of());

  private static TrialReport of(Row... rows) {
    return new TrialReport("a card", 12.4, List.of(rows));
  }

  @Test
  void whatWasNotRunIsInTheTableWithItsReasonAndFailsNothing() {
    TrialReport report = of(PASSED, NOT_RUN);
    assertThat(report.status()).isZero();
    assertThat(report.table())
        .contains("Kindling on a card", "| pytorch | all       | not run | no torch |")
        .contains("0 failed, 1 passed, 0 measured, 1 not run, in 12 s");
  }

  @Test
  void oneFailureIsTheStatus() {
    assertThat(of(PASSED, FAILED).status()).isEqualTo(1);
  }

  @Test
  void aResultIsOneCellOfOneLine() {
    assertThat(of(FAILED).table())
        .contains("| tests   | one test | FAILED  | expected 1 / found 2 |");
  }

  @Test
  void programsReadTheSame(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("new/trial.json");
    of(PASSED, FAILED).write(file);
    JsonNode json = new ObjectMapper().readTree(file.toFile());
    assertThat(json.get("status").asInt()).isEqualTo(1);
    assertThat(json.get("machine").asText()).isEqualTo("a card");
    assertThat(json.at("/rows/0/values/limit").asDouble()).isEqualTo(1e-3);
    assertThat(json.at("/rows/1/outcome").asText()).isEqualTo("FAILED");
  }
}
