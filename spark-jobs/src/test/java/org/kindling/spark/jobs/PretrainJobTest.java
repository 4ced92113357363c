package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PretrainJobTest {
  @TempDir Path directory;
  private Path config;

  @BeforeEach
  void writeDataAndSettings() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 900; i++) {
      text.append("line ").append(i * 7919 % 1000).append('\n');
    }
    Files.writeString(directory.resolve("text.txt"), text);
    tokenize("char", "data");
    config = directory.resolve("run.yaml");
    Files.writeString(
        config,
        """
        run: %1$s/run
        data: [{path: %1$s/data}]
        model: {layers: 1, heads: 1, width: 16, context: 16}
        training: {batch: 4, localSteps: 5, steps: 20}
        checkpoint: {everyRounds: 2}
        evaluation: {everyRounds: 2, tokens: 100}
        """
            .formatted(directory));
  }

  private void tokenize(String tokenizer, String output) {
    tokenize(tokenizer, output, "0.1");
  }

  private void tokenize(String tokenizer, String output, String validationFraction) {
    CommandRun run =
        CommandRun.of(
            "tokenize",
            "--input",
            directory.resolve("text.txt").toString(),
            "--tokenizer",
            tokenizer,
            "--split",
            "tail",
            "--validation-fraction",
            validationFraction,
            "--output",
            directory.resolve(output).toString());
    assertThat(run.status()).as(run.err()).isZero();
  }

  private CommandRun pretrain(String... more) {
    String[] arguments = new String[3 + more.length];
    arguments[0] = "pretrain";
    arguments[1] = "--config";
    arguments[2] = config.toString();
    System.arraycopy(more, 0, arguments, 3, more.length);
    return CommandRun.of(arguments);
  }

  private byte[] model(String run) throws IOException {
    return Files.readAllBytes(
        directory.resolve(run + "/checkpoints/step-000000020/model.safetensors"));
  }

  @Test
  void sparkAndTheProcessItselfGiveTheSameModel() throws IOException {
    CommandRun spark = pretrain("--set", "training.workers=2");
    assertThat(spark.status()).as(spark.err()).isZero();
    assertThat(spark.out()).contains("round 4  step 20/20 (100%)  loss ").contains("held-out ");
    String local = directory.resolve("local").toString();
    CommandRun reference =
        pretrain("--set", "training.workers=2", "--set", "run=" + local, "--averaging", "local");
    assertThat(reference.status()).as(reference.err()).isZero();
    assertThat(model("run")).isEqualTo(model("local"));
  }

  @Test
  void resumeRefusesOtherSettingsAndOtherTokenizers() {
    assertThat(pretrain("--averaging", "local").status()).isZero();
    assertThat(pretrain("--averaging", "local").err())
        .contains("run: holds a run already; continue it with --resume");
    assertThat(pretrain("--averaging", "local", "--resume", "--set", "model.width=32").err())
        .contains("cannot be continued with other settings: model.width was 16, is 32");
    tokenize("byte", "bytes");
    CommandRun other =
        pretrain(
            "--averaging",
            "local",
            "--resume",
            "--set",
            "data=[{path: " + directory.resolve("bytes") + "}]");
    assertThat(other.status()).isEqualTo(2);
    assertThat(other.err()).contains("bytes: tokenized with another tokenizer (");
  }

  @Test
  void datasetWithoutValidationTrainsIfNothingIsMeasured() {
    tokenize("char", "all", "0");
    String all = "data=[{path: " + directory.resolve("all") + "}]";
    CommandRun measured = pretrain("--averaging", "local", "--set", all);
    assertThat(measured.status()).isEqualTo(2);
    assertThat(measured.err()).contains("all has no validation split to measure on; set it to 0");
    CommandRun run =
        pretrain("--averaging", "local", "--set", all, "--set", "evaluation.everyRounds=0");
    assertThat(run.status()).as(run.err()).isZero();
  }

  @Test
  void resumeOfNothingIsRefused() {
    CommandRun run = pretrain("--averaging", "local", "--resume");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("run: no such run; start it without --resume");
  }

  @Test
  void damagedModelIsNotSampledFrom() throws IOException {
    assertThat(pretrain("--averaging", "local").status()).isZero();
    Path checkpoint = directory.resolve("run/checkpoints/step-000000020");
    Path file = checkpoint.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 100] ^= 0x55;
    Files.write(file, bytes);
    CommandRun run =
        CommandRun.of("sample", "--checkpoint", checkpoint.toString(), "--prompt", "line");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("model.safetensors, byte 0: expected CRC-32C ");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void damagedTokenizerOfTheDatasetIsNamed() throws IOException {
    Path file = directory.resolve("data/tokenizer.json");
    Files.writeString(file, Files.readString(file).substring(0, 100));
    CommandRun run = pretrain("--averaging", "local");
    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("data/tokenizer.json, byte 0: line 1: not valid JSON");
  }

  @Test
  void unknownCommandsAndOptionsAreNamed() {
    assertThat(CommandRun.of("bench", "nothing").err())
        .contains("kindling bench: unknown command 'nothing'; see kindling bench --help");
    assertThat(CommandRun.of("fit", "--points", "a", "--output", "b", "--nothing").err())
        .contains("kindling fit: unknown option '--nothing'");
    assertThat(CommandRun.of("bench", "--help").status()).isZero();
  }

  @Test
  void modelThatDoesNotFitIsRefusedInOneLine() {
    for (String averaging : new String[] {"local", "spark"}) {
      CommandRun run = pretrain("--averaging", averaging, "--set", "model.width=65536");
      assertThat(run.err().strip())
          .matches(
              "kindling: training.batch 4: needs \\d{12} bytes outside the heap, \\d+ are"
                  + " available; use a smaller training.batch .*");
      assertThat(run.status()).isEqualTo(2);
      assertThat(directory.resolve("run")).doesNotExist();
    }
  }

  @Test
  void misspelledCommandIsGuessed() {
    CommandRun run = CommandRun.of("pretrian");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("'pretrian'; did you mean pretrain?");
  }
}
