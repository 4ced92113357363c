package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code pretrain --resume} prints and does when checkpoints are not as they were written. */
class DamagedCheckpointTest {
  @TempDir Path directory;
  private Path config;

  @BeforeEach
  void trainToTheEnd() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 900; i++) {
      text.append("line ").append(i * 7919 % 1000).append('\n');
    }
    Files.writeString(directory.resolve("text.txt"), text);
    succeed(
        "tokenize",
        "--input",
        directory.resolve("text.txt").toString(),
        "--tokenizer",
        "char",
        "--split",
        "tail",
        "--output",
        directory.resolve("data").toString());
    config = directory.resolve("run.yaml");
    Files.writeString(
        config,
        """
        run: %1$s/run
        data: [{path: %1$s/data}]
        model: {layers: 1, heads: 1, width: 16, context: 16}
        training: {workers: 2, microBatch: 4, localSteps: 5, steps: 20}
        checkpoint: {everyRounds: 1, keepLast: 3}
        evaluation: {everyRounds: 0}
        """
            .formatted(directory));
    succeed("pretrain", "--averaging", "local", "--config", config.toString());
  }

  private static String succeed(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.status()).as(run.err()).isZero();
    return run.out();
  }

  private Path checkpoint(int step) {
    return directory.resolve(String.format("run/checkpoints/step-%09d", step));
  }

  private void damage(int step, String file, String how) throws IOException {
    Path path = checkpoint(step).resolve(file);
    byte[] content = Files.readAllBytes(path);
    switch (how) {
      case "flip" -> {
        content[content.length / 2] ^= 4;
        Files.write(path, content);
      }
      case "truncate" -> Files.write(path, Arrays.copyOf(content, content.length / 3));
      case "delete" -> Files.delete(path);
      default -> throw new IllegalArgumentException(how);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spark | state-00000-of-00002.safetensors | flip | , byte 0: expected CRC-32C ",
        "spark | model.safetensors | truncate | bytes, found ",
        "local | state-00001-of-00002.safetensors | delete | state-00001-of-00002.safetensors",
        "local | manifest.json | truncate | manifest.json, byte 0: is no manifest (",
        "local | manifest.json | delete | manifest.json: no such file"
      })
  void newestIsSkippedAndBothAreNamed(String engine, String file, String how, String why)
      throws IOException {
    byte[] model = Files.readAllBytes(checkpoint(20).resolve("model.safetensors"));
    String metrics = rounds();
    damage(20, file, how);
    String out =
        succeed("pretrain", "--resume", "--averaging", engine, "--config", config.toString());
    assertThat(out.lines().filter(line -> line.startsWith("skipping checkpoint ")))
        .singleElement()
        .asString()
        .startsWith("skipping checkpoint step-000000020: ")
        .contains(why);
    assertThat(out).contains("\ngoing on from checkpoint step-000000015\nround 4  step 20/20");
    assertThat(checkpoint(20).resolve("model.safetensors")).hasBinaryContent(model);
    assertThat(rounds()).isEqualTo(metrics);
  }

  private String rounds() throws IOException {
    return Files.readString(directory.resolve("run/metrics.jsonl"))
        .replaceAll("\"(seconds|averagingSeconds|tokensPerSecond)\":[^,}]*", "");
  }

  @Test
  void runWithoutAWholeCheckpointBeginsAnewAndSaysSo() throws IOException {
    byte[] model = Files.readAllBytes(checkpoint(20).resolve("model.safetensors"));
    for (int step : new int[] {10, 15, 20}) {
      damage(step, "model.safetensors", "flip");
    }
    String out =
        succeed("pretrain", "--resume", "--averaging", "local", "--config", config.toString());
    assertThat(out.lines().filter(line -> line.startsWith("skipping checkpoint "))).hasSize(3);
    assertThat(out).contains("\nno valid checkpoint, starting from step 0\nround 1  step 5/20");
    assertThat(checkpoint(20).resolve("model.safetensors")).hasBinaryContent(model);
  }
}
