package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** From text to report through the command line, at a size that takes a minute. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PipelineTest {
  @TempDir static Path directory;

  @BeforeAll
  static void writeText() throws IOException {
    String[] words = {"int ", "x", "y", " = ", "0", ";\n", "return ", "while (", ") {\n", "}\n"};
    SplittableRandom random = new SplittableRandom(11);
    Files.createDirectories(directory.resolve("text"));
    for (int file = 0; file < 60; file++) {
      StringBuilder text = new StringBuilder();
      int state = 0;
      while (text.length() < 4000) {
        // Each word depends on the one before it: something for a bigram to learn, and more.
        state = (state * 3 + random.nextInt(3)) % words.length;
        text.append(words[state]);
      }
      Files.writeString(directory.resolve("text/file-" + file + ".txt"), text);
    }
    Files.writeString(
        directory.resolve("sweep.yaml"),
        """
        runs: %1$s/runs
        data: [{path: %1$s/data}]
        budgets: [4.0e+9, 1.2e+10, 3.6e+10]
        modelsPerBudget: 3
        models:
          - {layers: 1, heads: 1, width: 16}
          - {layers: 1, heads: 2, width: 24}
          - {layers: 2, heads: 2, width: 32}
          - {layers: 2, heads: 2, width: 48}
        model: {context: 32}
        training: {microBatch: 4, localSteps: 10}
        optimizer: {learningRate: 5.0e-3, minimumLearningRate: 5.0e-4}
        checkpointsPerRun: 2
        evaluation: {everyRounds: 0}
        """
            .formatted(directory));
  }

  private static String in(String name) {
    return directory.resolve(name).toString();
  }

  private static String run(String... arguments) {
    CommandRun result = CommandRun.of(arguments);
    assertThat(result.status()).as(result.err()).isZero();
    return result.out();
  }

  @Test
  @Order(1)
  void learnsATokenizer() {
    run("tokenizer", "--input", in("text"), "--vocabulary", "270", "--output", in("tokenizer"));
    assertThat(directory.resolve("tokenizer/tokenizer.json")).isNotEmptyFile();
  }

  @Test
  @Order(2)
  void tokenizes() {
    run(
        "tokenize",
        "--input",
        in("text"),
        "--tokenizer",
        in("tokenizer"),
        "--output",
        in("data"),
        "--validation-fraction",
        "0.1");
    assertThat(directory.resolve("data/manifest.json")).isNotEmptyFile();
  }

  @Test
  @Order(3)
  void trainsASweepAndFinishesItOnlyOnce() {
    String first = run("sweep", "--config", in("sweep.yaml"));
    assertThat(first).contains("9 of 9 runs done");
    String again = run("sweep", "--config", in("sweep.yaml"));
    assertThat(again.lines().filter(line -> line.contains("finished before"))).hasSize(9);
  }

  @Test
  @Order(3)
  void sweepRefusesADirectoryWithOtherThings() throws IOException {
    Files.createDirectories(directory.resolve("thesis/chapter"));
    CommandRun result =
        CommandRun.of(
            "sweep", "--config", in("sweep.yaml"), "--dry-run", "--set", "runs=" + in("thesis"));
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("thesis: holds files that Kindling did not write (first: ch");
  }

  @Test
  @Order(4)
  void evaluatesEveryCheckpointAndTheBaselines() throws IOException {
    run("evaluate", "--runs", in("runs"), "--data", in("data"), "--output", in("evaluations"));
    List<String> rows = Files.readAllLines(directory.resolve("evaluations/evaluations.csv"));
    assertThat(rows.get(0)).startsWith("run,family,step,parameters");
    assertThat(rows.stream().filter(r -> r.matches(".*,transformer,.*,true(,\\d+){5}"))).hasSize(9);
    double unigram = loss(rows, "unigram");
    double bigram = loss(rows, "bigram");
    double best =
        rows.stream()
            .filter(r -> r.contains(",transformer,"))
            .mapToDouble(r -> Double.parseDouble(r.split(",")[7]))
            .min()
            .orElseThrow();
    assertThat(bigram).isLessThan(unigram);
    assertThat(best).isLessThan(unigram);
  }

  private static double loss(List<String> rows, String run) {
    String row = rows.stream().filter(r -> r.startsWith(run + ",")).findFirst().orElseThrow();
    return Double.parseDouble(row.split(",")[7]);
  }

  @Test
  @Order(5)
  void fitsAndReports() throws IOException {
    run("fit", "--points", in("evaluations/evaluations.csv"), "--output", in("evaluations"));
    JsonNode fit = new ObjectMapper().readTree(directory.resolve("evaluations/fit.json").toFile());
    assertThat(fit.path("parametric").path("points").asInt()).isEqualTo(9);
    run("report", "--evaluations", in("evaluations"), "--output", in("report"));
    assertThat(Files.readString(directory.resolve("report/report.html")))
        .contains("<html")
        .contains("unigram");
  }

  @Test
  @Order(6)
  void samplesTheSameTextForTheSameSeed() throws IOException {
    String run;
    try (var runs = Files.list(directory.resolve("runs"))) {
      run = runs.map(Path::toString).sorted().findFirst().orElseThrow();
    }
    String[] command = {"sample", "--checkpoint", run, "--prompt", "int x", "--tokens", "60"};
    String text = run(command);
    assertThat(text).startsWith("int x").hasSizeGreaterThan(20);
    assertThat(run(command)).isEqualTo(text);
  }

  @Test
  @Order(7)
  void datasetOfAnotherTokenizerIsRefused() {
    run("tokenize", "--input", in("text"), "--tokenizer", "byte", "--output", in("bytes"));
    CommandRun result =
        CommandRun.of(
            "evaluate", "--runs", in("runs"), "--data", in("bytes"), "--output", in("wrong"));
    assertThat(result.status()).isEqualTo(2);
    assertThat(result.err()).contains("trained with another tokenizer than that of");
    assertThat(directory.resolve("wrong")).doesNotExist();
  }
}
