package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScaleJobTest {
  @TempDir Path directory;
  private Path run;

  @BeforeEach
  void writeDataAndSettings() throws IOException {
    run = directory.resolve("run");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 900; i++) {
      text.append("line ").append(i * 7919 % 1000).append('\n');
    }
    Files.writeString(directory.resolve("text.txt"), text);
    succeeds(
        "tokenize",
        "--input",
        directory.resolve("text.txt").toString(),
        "--tokenizer",
        "byte",
        "--split",
        "tail",
        "--validation-fraction",
        "0.1",
        "--output",
        directory.resolve("data").toString());
    Files.writeString(
        directory.resolve("run.yaml"),
        """
        run: %1$s/run
        data: [{path: %1$s/data}]
        model: {layers: 1, heads: 1, width: 16, context: 16}
        training: {workers: 2, microBatch: 4, localSteps: 5, steps: 20}
        checkpoint: {everyRounds: 2}
        evaluation: {everyRounds: 0}
        """
            .formatted(directory));
  }

  private static String succeeds(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.status()).as(run.err()).isZero();
    return run.out();
  }

  private String pretrain(String... more) {
    return succeeds(
        Stream.concat(
                Stream.of(
                    "pretrain",
                    "--averaging",
                    "local",
                    "--config",
                    directory.resolve("run.yaml").toString()),
                Arrays.stream(more))
            .toArray(String[]::new));
  }

  private CommandRun scale(Path of, int workers) {
    return CommandRun.of("scale", "--run", of.toString(), "--workers", Integer.toString(workers));
  }

  private void refuses(CommandRun run, int status, String line) {
    assertThat(run.err()).isEqualTo("kindling: " + line + "\n");
    assertThat(run.status()).isEqualTo(status);
    assertThat(this.run.resolve("scale.json")).doesNotExist();
  }

  /** As a driver leaves a run that is killed after its first checkpoint. */
  private void goBack() throws IOException {
    try (Stream<Path> files = Files.walk(run.resolve("checkpoints/step-000000020"))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aRunTakesTheRequestBetweenTwoRounds() throws IOException {
    assertThat(pretrain("--set", "training.workersAt=[{step: 5, workers: 1}]"))
        .contains("; 2, from step 5 on 1 workers, 5 local steps a round")
        .contains("round 2: 1 workers from here on, 2 before (as the settings say)\n");
    goBack();
    assertThat(scale(run, 3).out())
        .isEqualTo(
            run
                + ": asked for 3 workers; the driver takes the request (scale.json) between two"
                + " rounds, or when the run is resumed, and prints a line\n");
    String out = pretrain("--resume", "--set", "training.workersAt=[{step: 5, workers: 1}]");
    assertThat(out)
        .contains("round 3: 3 workers from here on, 1 before (as kindling scale asked)\n")
        .contains("done: ");
    assertThat(Files.readAllLines(run.resolve("metrics.jsonl")))
        .extracting(line -> line.replaceAll(".*\"workers\":(\\d+).*", "$1"))
        .containsExactly("2", "1", "3", "3");
    assertThat(run.resolve("scale.json")).doesNotExist();
  }

  @Test
  void refusesWhatCannotBeScaled() throws IOException {
    refuses(scale(run, 0), 2, "--workers: expected at least 1, found 0");
    refuses(
        scale(run, 2),
        1,
        run
            + ": is no run (it has no settings.yaml); give the directory that run: names in the"
            + " settings");
    pretrain();
    refuses(scale(run, 2), 2, run + ": has ended; there is no round left for other workers");
    goBack();
    CommandRun tooMany = scale(run, 1000);
    assertThat(tooMany.err())
        .startsWith("kindling: data: the train split has ")
        .contains(" samples of 16 tokens, one step takes 4000 with 1000 workers; use more text")
        .hasLineCount(1);
    Path settings = run.resolve("settings.yaml");
    String written = Files.readString(settings);
    Files.writeString(settings, written.replace("averaging: kindling", "averaging: dl4j"));
    refuses(
        scale(run, 3),
        2,
        run
            + ": averages with dl4j, whose trainer has one number of workers; end the run and go on"
            + " with --resume and --set training.workers");
    Files.writeString(
        settings, "run: a\ndata: [{path: data}]\nmodel: {family: bigram, context: 16}\n");
    refuses(
        scale(run, 3),
        2,
        run
            + ": is of family bigram, which is counted in one pass and has no workers; start it on"
            + " more executors");
  }
}
