package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class GenerateBenchTest {
  private final StringWriter out = new StringWriter();

  private int run(String arguments) {
    CommandLine commandLine = new CommandLine(new BenchJob());
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(out, true));
    commandLine.setExecutionExceptionHandler(
        (e, line, parsed) -> {
          line.getErr().println(e.getMessage());
          return e instanceof IllegalArgumentException ? 2 : 1;
        });
    return commandLine.execute(arguments.split(" "));
  }

  @Test
  void printsOneObjectWhoseNumbersAgree() throws Exception {
    assertThat(
            run(
                "generate --layers 1 --heads 2 --width 16 --context 12 --vocabulary 11 --batch 3"
                    + " --tokens 20 --runs 2"))
        .as(out.toString())
        .isZero();
    assertThat(out.toString().lines()).hasSize(1);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    double batch = json.get("batchTokensPerSecond").asDouble();
    double single = json.get("singleTokensPerSecond").asDouble();
    assertThat(single).isPositive();
    assertThat(json.get("ratio").asDouble()).isCloseTo(batch / single, within(0.01));
    assertThat(json.get("equalSequences").asInt()).isBetween(1, 3);
    assertThat(json.get("parameters").asLong())
        .isEqualTo(11 * 16 + 12 * 16 + 12 * 256 + 13 * 16 + 2 * 16);
    assertThat(json.get("batch").asInt()).isEqualTo(3);
  }

  @Test
  void refusesWhatItCannotMeasure() {
    assertThat(run("generate --batch 0")).isEqualTo(2);
    assertThat(run("generate --tokens 1")).isEqualTo(2);
    assertThat(run("generate --runs 0")).isEqualTo(2);
    assertThat(run("generate --vocabulary 0")).isEqualTo(2);
    assertThat(out.toString().lines())
        .containsExactly(
            "bench generate: --batch: expected at least 1, found 0",
            "bench generate: --tokens: expected at least 2, found 1",
            "bench generate: --runs: expected at least 1, found 0",
            "bench generate: --vocabulary: expected at least 1, found 0");
  }
}
