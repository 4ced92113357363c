package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.scaling.FitJson;

/** From text to report with every path on an HDFS, and a run that finds it full. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HdfsPipelineTest {
  private static final String BLOCKS = "spark.hadoop.dfs.blocksize";

  @TempDir static Path directory;
  private static SmallHdfs hdfs;

  @BeforeAll
  static void start() throws IOException {
    hdfs = new SmallHdfs(directory.resolve("hdfs"));
    String[] words = {"int ", "x", "y", " = ", "0", ";\n", "return ", "while (", ") {\n", "}\n"};
    SplittableRandom random = new SplittableRandom(11);
    for (int file = 0; file < 6; file++) {
      StringBuilder text = new StringBuilder();
      int state = 0;
      while (text.length() < 20_000) {
        state = (state * 3 + random.nextInt(3)) % words.length;
        text.append(words[state]);
      }
      hdfs.write("/text/file-" + file + ".txt", text.toString());
    }
    hdfs.write(
        "/sweep.yaml",
        """
        runs: %1$s/runs
        data: [{path: %1$s/data}]
        budgets: [1.5e+8]
        modelsPerBudget: 3
        models:
          - {layers: 1, heads: 1, width: 8}
          - {layers: 1, heads: 1, width: 12}
          - {layers: 1, heads: 1, width: 16}
        model: {context: 16}
        training: {microBatch: 4, localSteps: 60}
        optimizer: {learningRate: 5.0e-3, minimumLearningRate: 5.0e-4}
        evaluation: {everyRounds: 0}
        """
            .formatted(hdfs.path("")));
    hdfs.write(
        "/run.yaml",
        """
        run: %1$s/single/run
        data: [{path: %1$s/data}]
        model: {layers: 1, heads: 1, width: 32, context: 16}
        training: {workers: 2, microBatch: 4, localSteps: 5, steps: 40}
        checkpoint: {everyRounds: 2, keepLast: 5}
        evaluation: {everyRounds: 4, tokens: 500}
        """
            .formatted(hdfs.path("")));
  }

  @AfterAll
  static void stop() {
    hdfs.close();
  }

  private static String run(String... arguments) {
    CommandRun result = CommandRun.of(arguments);
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  @Test
  @Order(1)
  void tokenizes() throws IOException {
    run(
        "tokenizer",
        "--input",
        hdfs.path("/text"),
        "--vocabulary",
        "258",
        "--output",
        hdfs.path("/t"));
    run(
        "tokenize",
        "--input",
        hdfs.path("/text/*.txt"),
        "--tokenizer",
        hdfs.path("/t"),
        "--output",
        hdfs.path("/data"),
        "--split",
        "tail",
        "--validation-fraction",
        "0.1");
    assertThat(hdfs.text("/data/manifest.json")).contains("\"validation\"");
    assertThat(run("inspect", "--data", hdfs.path("/data"))).contains("validation");
  }

  @Test
  @Order(2)
  void trainsASweep() {
    String out = run("sweep", "--config", hdfs.path("/sweep.yaml"));
    assertThat(out).contains("3 of 3 runs done").contains("written: " + hdfs.path("/runs"));
  }

  @Test
  @Order(3)
  void evaluatesAndReports() throws IOException {
    String evaluations = hdfs.path("/evaluations");
    run(
        "evaluate",
        "--runs",
        hdfs.path("/runs"),
        "--data",
        hdfs.path("/data"),
        "--output",
        evaluations);
    String csv = hdfs.text("/evaluations/evaluations.csv");
    assertThat(EvaluationsCsv.read(new StringReader(csv), "evaluations.csv"))
        .filteredOn(EvaluationRow::isFinal)
        .as("three runs and two baselines")
        .hasSize(5);
    String written = run("report", "--evaluations", evaluations, "--output", hdfs.path("/report"));
    assertThat(written).contains("written to " + hdfs.path("/report/report.html"));
    Path local = Files.createDirectories(directory.resolve("local"));
    Files.write(local.resolve("evaluations.csv"), hdfs.read("/evaluations/evaluations.csv"));
    run("report", "--evaluations", local.toString(), "--output", local.toString());
    assertThat(
            hdfs.text("/report/report.html").equals(Files.readString(local.resolve("report.html"))))
        .as("the page from local files")
        .isTrue();
    try (var tables = Files.list(local.resolve("tables"))) {
      for (Path table : tables.toList()) {
        assertThat(hdfs.read("/report/tables/" + table.getFileName()))
            .isEqualTo(Files.readAllBytes(table));
      }
    }
  }

  @Test
  @Order(3)
  void fits() throws IOException {
    hdfs.write("/points/evaluations.csv", FitJobTest.sweep());
    String points = hdfs.path("/points");
    String out = run("fit", "--points", points, "--output", points, "--bootstrap", "0");
    assertThat(out).contains("15 runs fitted").contains("written to " + points + "/fit.json");
    assertThat(FitJson.read(hdfs.text("/points/fit.json"), "fit.json").parametric().alpha())
        .isBetween(0.3399, 0.3401);
    run("report", "--evaluations", points, "--output", hdfs.path("/fitted"));
    assertThat(hdfs.text("/fitted/report.html")).contains("0.34");
  }

  @Test
  @Order(4)
  void samplesFromARun() throws IOException {
    String run =
        hdfs.everything().stream()
            .filter(line -> line.contains("/runs/") && line.contains("/settings.yaml"))
            .map(line -> line.substring(0, line.indexOf("/settings.yaml")))
            .findFirst()
            .orElseThrow();
    String text =
        run("sample", "--checkpoint", hdfs.path(run), "--prompt", "int x", "--tokens", "20");
    assertThat(text).startsWith("int x").hasSizeGreaterThan(10);
  }

  private static String[] pretrain(String... more) {
    List<String> arguments =
        new java.util.ArrayList<>(List.of("pretrain", "--config", hdfs.path("/run.yaml")));
    arguments.addAll(List.of(more));
    return arguments.toArray(new String[0]);
  }

  private static byte[] model(String run, int step) throws IOException {
    return hdfs.read(String.format("%s/checkpoints/step-%09d/model.safetensors", run, step));
  }

  /** As a disk that is full: HDFS has room for the first checkpoint of a run, not for two. */
  @Test
  @Order(5)
  void runThatFindsNoSpaceLosesNothingAndGoesOnToTheSameBits() throws IOException {
    System.setProperty(BLOCKS, String.valueOf(SmallHdfs.BLOCK_BYTES));
    try {
      run(pretrain("--set", "run=" + hdfs.path("/whole/run")));
      long ofACheckpoint = hdfs.bytesOnDisk("/whole/run/checkpoints/step-000000010");
      // Of a checkpoint, three files at most are being written at the same time.
      long block = (long) SmallHdfs.COPIES * SmallHdfs.BLOCK_BYTES;
      long space = ofACheckpoint + 3 * block + ofACheckpoint / 4;
      assertThat(space).as("too little for two").isLessThan(2 * ofACheckpoint + block);
      hdfs.limit("/single", space);
      CommandRun full = CommandRun.of(pretrain());
      assertThat(full.status()).as(full.out()).isEqualTo(1);
      assertThat(full.err().lines().filter(line -> line.startsWith("kindling: ")))
          .singleElement()
          .asString()
          .contains("/single/run/checkpoints/.step-000000020.")
          .contains(": cannot be written after ")
          .containsIgnoringCase("quota")
          .endsWith("; free some space or choose another place");
      assertThat(model("/single/run", 10)).isEqualTo(model("/whole/run", 10));
      assertThat(hdfs.everything())
          .noneMatch(file -> file.contains("/single/run/checkpoints/.step"));
      assertThat(hdfs.everything())
          .noneMatch(file -> file.contains("/single/run/checkpoints/step-000000020"));
      hdfs.unlimit("/single");
      String out = run(pretrain("--resume"));
      assertThat(out).contains("going on from checkpoint step-000000010");
    } finally {
      System.clearProperty(BLOCKS);
    }
    assertThat(model("/single/run", 40)).isEqualTo(model("/whole/run", 40));
    assertThat(rounds("/single/run")).isEqualTo(rounds("/whole/run"));
  }

  private static List<String> rounds(String run) throws IOException {
    return hdfs.text(run + "/metrics.jsonl")
        .lines()
        .map(line -> line.replaceAll("\"(seconds|averagingSeconds|tokensPerSecond)\":[^,}]*", ""))
        .toList();
  }
}
