package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlanJobTest {
  @TempDir Path directory;
  private final StringWriter out = new StringWriter();

  @BeforeEach
  void fit() throws Exception {
    Files.writeString(directory.resolve("evaluations.csv"), FitJobTest.sweep());
    String path = directory.toString();
    assertThat(
            new CommandLine(new FitJob())
                .setOut(new PrintWriter(new StringWriter()))
                .execute("--points", path, "--output", path, "--bootstrap", "40"))
        .isZero();
  }

  @Test
  void tellsTheBestSizeAndThePriceOfOthers() throws Exception {
    assertThat(run("--fit", directory.toString(), "--flops", "9e13", "--json")).isZero();
    JsonNode budget = new ObjectMapper().readTree(out.toString()).get("budgets").get(0);
    assertThat(budget.get("beyond").asDouble()).isCloseTo(10, within(1e-6));
    JsonNode parametric = budget.get("approaches").get(0);
    double n = parametric.get("parameters").asDouble();
    double g = Math.pow(0.34 * 48.6 / (0.28 * 68.5), 1 / 0.62);
    assertThat(n).isCloseTo(g * Math.pow(9e13 / 6, 0.28 / 0.62), Percentage.withPercentage(0.1));
    JsonNode half = budget.get("offOptimum").get(2);
    assertThat(half.get("factor").asDouble()).isEqualTo(0.5);
    double loss = 1.6 + 48.6 * Math.pow(n / 2, -0.34) + 68.5 * Math.pow(9e13 / 3 / n, -0.28);
    assertThat(half.get("loss").asDouble()).isCloseTo(loss, within(1e-4));
    assertThat(half.get("wastedCompute").asDouble()).isBetween(1.0, 1.5);
  }

  @Test
  void printsATableForSeveralBudgetsAndWarnsFarAway() throws Exception {
    assertThat(run("--fit", directory.resolve("fit.json").toString(), "--flops", "9e12,9e15"))
        .isZero();
    assertThat(out.toString())
        .contains("N counts all parameters")
        .contains("parametric")
        .contains("leastAbsolute")
        .contains("isoflop")
        .contains("envelope")
        .contains("9·10¹⁵ FLOPs, 1000 times the largest run")
        .contains("is an extrapolation, and its 95% interval is")
        .contains("tokens of inference");
  }

  @Test
  void fitsPointsItself() {
    assertThat(run("--points", directory.toString(), "--flops", "1e13", "--bootstrap", "0"))
        .isZero();
    assertThat(out.toString()).contains("10¹³ FLOPs");
    assertThat(run("--flops", "1e13")).isNotZero();
  }

  private int run(String... arguments) {
    return new CommandLine(new PlanJob())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(new StringWriter()))
        .execute(arguments);
  }
}
