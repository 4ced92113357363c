package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.report.Diagnostics;

/** {@code corpus recall}, {@code recall} and {@code diagnose}, from text to numbers. */
class RecallJobTest {
  private static final int LENGTH = 2 + 2 * 4;

  @TempDir Path directory;

  @Test
  void aSmallModelLearnsToRecallAndItsContextIsDiagnosed() throws IOException {
    String data = makeData();
    String attention = train("attention", data, "family: transformer, layers: 1, heads: 2");
    String rnn = train("rnn", data, "family: rnn, layers: 1, truncation: " + LENGTH);
    assertThat(run("recall", "--checkpoint", attention, "--data", data).out())
        .matches("transformer: \\d+ of \\d+ questions answered, (9\\d|100)\\.\\d\\d %\\s*");
    diagnose(data, attention, rnn);
    assertThat(
            run("diagnose", "--run", rnn, "--data", data, "--output", path("x"), "--contexts", "0"))
        .satisfies(refused -> assertThat(refused.status()).isEqualTo(2))
        .satisfies(
            refused ->
                assertThat(refused.err()).contains("--contexts: expected at least 1, found 0"));
  }

  private void diagnose(String data, String attention, String rnn) throws IOException {
    String tables = path("tables");
    assertThat(
            run(
                    "diagnose",
                    "--run",
                    attention,
                    "--run",
                    rnn,
                    "--data",
                    data,
                    "--output",
                    tables,
                    "--contexts",
                    "10,20",
                    "--sequences",
                    "8")
                .status())
        .isZero();
    assertThat(table(tables, Diagnostics.POSITIONS)).hasSize(2 * LENGTH);
    List<String> gradients = table(tables, Diagnostics.GRADIENTS);
    assertThat(gradients).filteredOn(line -> line.startsWith("rnn,rnn,")).hasSize(LENGTH);
    assertThat(gradients)
        .allSatisfy(line -> assertThat(Double.parseDouble(cell(line, 3))).isFinite());
    assertThat(table(tables, Diagnostics.COST))
        .hasSize(4)
        .allSatisfy(line -> assertThat(Double.parseDouble(cell(line, 3))).isPositive())
        .extracting(line -> cell(line, 2))
        .containsExactly("10", "20", "10", "20");
  }

  private static List<String> table(String directory, String name) throws IOException {
    List<String> lines = Files.readAllLines(Path.of(directory, name));
    assertThat(lines.get(0)).isEqualTo(String.join(",", Diagnostics.COLUMNS.get(name)));
    return lines.subList(1, lines.size());
  }

  private static String cell(String line, int column) {
    return line.split(",")[column];
  }

  private String makeData() {
    String text = path("recall.jsonl");
    run(
        "corpus",
        "recall",
        "--pairs",
        "2",
        "--questions",
        "4",
        "--keys",
        "2",
        "--values",
        "3",
        "--sequences",
        "600",
        "--output",
        text);
    run(
        "tokenize",
        "--input",
        text,
        "--format",
        "jsonl",
        "--tokenizer",
        "char",
        "--validation-fraction",
        "0.1",
        "--output",
        path("data"));
    return path("data");
  }

  private String train(String name, String data, String model) throws IOException {
    Path settings = directory.resolve(name + ".yaml");
    Files.writeString(
        settings,
        """
        run: %s
        data: [{path: %s}]
        model: {%s, width: 32, context: %d}
        training: {workers: 1, microBatch: 16, localSteps: 50, steps: 400}
        optimizer: {learningRate: 1e-2, warmupSteps: 20, weightDecay: 0}
        outer: {learningRate: 1, momentum: 0}
        evaluation: {everyRounds: 0}
        """
            .formatted(path(name), data, model, LENGTH));
    run("pretrain", "--averaging", "local", "--config", settings.toString());
    return path(name);
  }

  private String path(String name) {
    return directory.resolve(name).toString();
  }

  private static CommandRun run(String... arguments) {
    CommandRun done = CommandRun.of(arguments);
    assertThat(done.err()).doesNotContain("Exception");
    return done;
  }
}
