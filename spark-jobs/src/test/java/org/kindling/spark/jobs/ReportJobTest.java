package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.spark.Kindling;

class ReportJobTest {
  @TempDir Path directory;
  private Path csv;
  private String errors = "";

  @BeforeEach
  void writeEvaluations() throws Exception {
    csv = directory.resolve("evaluations.csv");
    Files.writeString(csv, FitJobTest.sweep());
  }

  @Test
  void fitsByItselfWhereThereIsNoFit() throws Exception {
    assertThat(report("--bootstrap", "40", "--title", "A & B")).isZero();
    assertThat(Files.readString(directory.resolve("report.html")))
        .contains("<h1>A &amp; B</h1>")
        .contains("The fitted law")
        .contains("40 resamples");
    assertThat(directory.resolve("tables/runs.csv")).isRegularFile();
    assertThat(directory.resolve("fit.json")).doesNotExist();
  }

  @Test
  void showsTheFitBesideTheEvaluations() throws Exception {
    assertThat(
            run(
                "fit",
                "--points",
                csv.toString(),
                "--output",
                directory.toString(),
                "--bootstrap",
                "44"))
        .isZero();
    assertThat(report()).isZero();
    assertThat(Files.readString(directory.resolve("report.html"))).contains("44 resamples");
  }

  @Test
  void refusesAStaleFit() throws Exception {
    run("fit", "--points", csv.toString(), "--output", directory.toString(), "--bootstrap", "0");
    Files.writeString(csv, "4.1,1e6,1e5\n", java.nio.file.StandardOpenOption.APPEND);
    assertThat(report()).isEqualTo(2);
    assertThat(errors)
        .startsWith("kindling: fit.json: found a fit to 15 runs")
        .contains("run kindling fit again");
  }

  @Test
  void showsTooFewRunsWithoutALaw() throws Exception {
    Files.writeString(csv, "loss,tokens,parameters\n4.1,1e6,1e5\n4.0,2e6,1e5\n");
    assertThat(report()).isZero();
    assertThat(Files.readString(directory.resolve("report.html")))
        .contains("No law was fitted")
        .contains("expected at least 5");
    assertThat(run("fit", "--points", csv.toString(), "--output", directory.toString()))
        .isEqualTo(2);
    assertThat(errors).contains("kindling: fit: found 2 different pairs");
  }

  @Test
  void namesWhatIsMissingOrWrong() throws Exception {
    assertThat(
            run("report", "--evaluations", directory + "/none.csv", "--output", directory + "/o"))
        .isEqualTo(1);
    assertThat(errors).contains("none.csv: no such file");
    Files.writeString(csv, "loss,tokens,parameters\n4.1,1e6,many\n");
    assertThat(report()).isEqualTo(2);
    assertThat(errors).contains("row 2, column parameters: found 'many', expected a number");
  }

  private int report(String... more) {
    String[] all = new String[5 + more.length];
    System.arraycopy(
        new String[] {
          "report", "--evaluations", directory.toString(), "--output", directory.toString()
        },
        0,
        all,
        0,
        5);
    System.arraycopy(more, 0, all, 5, more.length);
    return run(all);
  }

  private int run(String... arguments) {
    PrintStream before = System.err;
    ByteArrayOutputStream caught = new ByteArrayOutputStream();
    System.setErr(new PrintStream(caught, true, StandardCharsets.UTF_8));
    try {
      return Kindling.run(arguments);
    } finally {
      System.setErr(before);
      errors = caught.toString(StandardCharsets.UTF_8);
    }
  }
}
