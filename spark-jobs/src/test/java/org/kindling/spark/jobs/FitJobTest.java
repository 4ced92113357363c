package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.scaling.FitJson;
import org.kindling.scaling.ScalingFit;
import picocli.CommandLine;

class FitJobTest {
  @TempDir Path directory;
  private final StringWriter out = new StringWriter();

  @Test
  void writesFitJsonAndPrintsASummary() throws Exception {
    Path csv = directory.resolve("points.csv");
    Files.writeString(csv, sweep());
    Path output = directory.resolve("out");
    assertThat(run("--points", csv.toString(), "--output", output.toString())).isZero();
    ScalingFit fit = FitJson.read(Files.readString(output.resolve("fit.json")), "fit.json");
    assertThat(fit.parametric().alpha()).isBetween(0.3399, 0.3401);
    assertThat(out.toString())
        .contains("15 runs fitted")
        .contains("alpha")
        .contains("held-out check: fitted on 10 runs")
        .contains("written to ");
  }

  @Test
  void readsTheCsvOfADirectoryAndWritesBesideIt() throws Exception {
    Files.writeString(directory.resolve("evaluations.csv"), sweep());
    String path = directory.toUri().toString();
    assertThat(
            run("--points", path, "--output", path, "--bootstrap", "0", "--holdout-above", "4e12"))
        .isZero();
    assertThat(directory.resolve("fit.json")).isRegularFile();
    assertThat(out.toString()).contains("as asked");
  }

  @Test
  void countsFlopsAndTokensAsAsked() throws Exception {
    Path csv = directory.resolve("points.csv");
    Files.writeString(
        csv,
        sweep().lines().map(FitJobTest::inMillions).reduce((a, b) -> a + "\n" + b).orElseThrow()
            + "\n");
    String[] fit = {
      "--points",
      csv.toString(),
      "--output",
      directory.resolve("out").toString(),
      "--bootstrap",
      "0"
    };
    StringWriter error = new StringWriter();
    CommandLine command =
        new CommandLine(new FitJob())
            .setExecutionExceptionHandler(
                (e, c, parsed) -> {
                  error.write(e.getMessage());
                  return 2;
                });
    assertThat(command.execute(fit)).isEqualTo(2);
    assertThat(error.toString())
        .contains("column tokens")
        .contains("looks like millions")
        .contains("--token-unit million");
    assertThat(run(append(fit, "--token-unit", "million", "--flops-by", "6nd"))).isZero();
    ScalingFit read = FitJson.read(Files.readString(directory.resolve("out/fit.json")), "fit.json");
    assertThat(read.flopsFormula()).isEqualTo("6·N·D");
    assertThat(read.parametric().beta()).isBetween(0.2799, 0.2801);
  }

  private static String inMillions(String line) {
    if (line.startsWith("loss")) {
      return line;
    }
    String[] cells = line.split(",");
    return cells[0] + "," + Double.parseDouble(cells[1]) / 1e6 + "," + cells[2];
  }

  private static String[] append(String[] first, String... more) {
    String[] all = java.util.Arrays.copyOf(first, first.length + more.length);
    System.arraycopy(more, 0, all, first.length, more.length);
    return all;
  }

  private int run(String... arguments) {
    return new CommandLine(new FitJob()).setOut(new PrintWriter(out)).execute(arguments);
  }

  static String sweep() {
    StringBuilder csv = new StringBuilder("loss,tokens,parameters\n");
    for (double flops : new double[] {1e12, 3e12, 9e12}) {
      for (double factor : new double[] {0.3, 0.55, 1, 1.8, 3.3}) {
        double n = factor * Math.sqrt(flops / 120);
        double d = flops / 6 / n;
        double loss = 1.6 + 48.6 * Math.pow(n, -0.34) + 68.5 * Math.pow(d, -0.28);
        csv.append(loss).append(',').append(d).append(',').append(n).append('\n');
      }
    }
    return csv.toString();
  }
}
