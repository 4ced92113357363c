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
        training: {microBatch: 4, localSteps: 5, steps: 20}
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
    assertThat(spark.out()).contains("round 4  step 20/20 (100%)  loss ").contains("validation ");
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
        .contains("cannot be continued with other settings: ", "model.width was 16, is 32");
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
  void documentsAreKeptApartFromTrainingToEvaluation() throws IOException {
    String[] separate = {
      "--averaging",
      "local",
      "--set",
      "model={family: lstm, width: 8, context: 16}",
      "--set",
      "data.documents=separate"
    };
    Files.writeString(config, Files.readString(config).replaceAll("(?m)^model: .*$", ""));
    CommandRun run = pretrain(separate);
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(Files.readString(directory.resolve("run/settings.yaml")))
        .contains("data:\n  documents: separate\n  sources:\n");
    assertThat(Files.readString(directory.resolve("run/checkpoints/step-000000020/manifest.json")))
        .containsPattern("\"documents\" ?: ?\"separate\"");
    separate[5] = "data.documents=join";
    String[] resumed = java.util.Arrays.copyOf(separate, 7);
    resumed[6] = "--resume";
    assertThat(pretrain(resumed).err()).contains("data.documents was separate, is join");
    separate[5] = "data.documents=apart";
    assertThat(pretrain(separate).err())
        .endsWith("run.yaml, data.documents: unknown 'apart'; use join or separate\n")
        .hasLineCount(1);
    CommandRun evaluation =
        CommandRun.of(
            "evaluate",
            "--runs",
            directory.resolve("run").toString(),
            "--data",
            directory.resolve("data").toString(),
            "--output",
            directory.resolve("evaluations").toString(),
            "--documents",
            "apart");
    assertThat(evaluation.status()).isEqualTo(2);
    assertThat(evaluation.err())
        .isEqualTo("kindling: --documents: unknown 'apart'; use join or separate\n");
  }

  private String mixture(double weight, String other) {
    return String.format(
        java.util.Locale.ROOT,
        "data=[{path: %s, weight: %s}, {path: %s}]",
        directory.resolve("data"),
        weight,
        directory.resolve(other));
  }

  @Test
  void mixtureOnSparkAndInTheProcessItselfAndItsResume() throws IOException {
    tokenize("char", "other", "0.4");
    CommandRun spark = pretrain("--set", "training.workers=2", "--set", mixture(3, "other"));
    assertThat(spark.status()).as(spark.err()).isZero();
    // 160 samples: 120 of the first, 40 of the second.
    assertThat(spark.out())
        .containsPattern("\ndata: data 0\\.\\d\\d epochs, other 0\\.\\d\\d epochs\n");
    CommandRun local =
        pretrain(
            "--averaging",
            "local",
            "--set",
            "run=" + directory.resolve("local"),
            "--set",
            "training.workers=2",
            "--set",
            mixture(3, "other"));
    assertThat(local.status()).as(local.err()).isZero();
    assertThat(model("run")).isEqualTo(model("local"));
    assertThat(Files.readString(directory.resolve("run/metrics.jsonl")))
        .contains("{\"name\":\"data\",\"samples\":120,", "{\"name\":\"other\",\"samples\":40,");
    CommandRun weights = pretrain("--averaging", "local", "--resume", "--set", mixture(2, "other"));
    assertThat(weights.status()).isEqualTo(2);
    assertThat(weights.err())
        .contains("with other settings: the weights of data were [3.0, 1.0], are [2.0, 1.0]");
    CommandRun alone = pretrain("--averaging", "local", "--resume");
    assertThat(alone.err()).contains("the weights of data were [3.0, 1.0], are [1.0]");
    tokenize("char", "third", "0.3");
    CommandRun third = pretrain("--averaging", "local", "--resume", "--set", mixture(3, "third"));
    assertThat(third.status()).isEqualTo(2);
    assertThat(third.err()).contains("third: is not the data that ");
  }

  @Test
  void mixtureOfTwoTokenizersIsRefused() {
    tokenize("byte", "bytes");
    CommandRun run = pretrain("--averaging", "local", "--set", mixture(1, "bytes"));
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err())
        .containsPattern(
            "kindling: data: \\S+/data has tokenizer char \\w{12}, \\S+/bytes has byte \\w{12};");
  }

  @Test
  void damageThatKeepsTheSizeIsFoundIfAskedFor() throws IOException {
    Path shard = directory.resolve("data/train-00000-of-00001.bin");
    byte[] bytes = Files.readAllBytes(shard);
    // Another character of the same vocabulary: nothing but the checksum can tell.
    bytes[100] = (byte) (bytes[100] == 0 ? 1 : 0);
    Files.write(shard, bytes);
    for (String averaging : new String[] {"local", "spark"}) {
      CommandRun run = pretrain("--averaging", averaging, "--verify-data");
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.err()).contains("train-00000-of-00001.bin, byte 0: expected CRC-32C");
    }
    assertThat(directory.resolve("run")).doesNotExist();
    CommandRun unverified = pretrain("--averaging", "local");
    assertThat(unverified.status()).as(unverified.err()).isZero();
    Files.write(shard, java.util.Arrays.copyOf(bytes, bytes.length - 2));
    CommandRun cut = pretrain("--averaging", "spark", "--resume");
    assertThat(cut.status()).isEqualTo(1);
    assertThat(cut.err())
        .contains("train-00000-of-00001.bin, byte ")
        .contains("; restore the file");
  }

  @Test
  void resumesWhatAnOlderVersionBegan() throws IOException {
    assertThat(pretrain("--averaging", "local").status()).isZero();
    byte[] whole = model("run");
    Path settings = directory.resolve("run/settings.yaml");
    String old =
        Files.readString(settings)
            .replace("microBatch:", "batch:")
            .replace("gradientAccumulation:", "accumulate:");
    assertThat(old).contains(" batch: 4").contains(" accumulate: 1");
    Files.writeString(settings, old);
    try (var files = Files.walk(directory.resolve("run/checkpoints/step-000000020"))) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    CommandRun resumed = pretrain("--averaging", "local", "--resume");
    assertThat(resumed.status()).as(resumed.err()).isZero();
    assertThat(model("run")).isEqualTo(whole);
    config = settings;
    CommandRun byItsOwn = pretrain("--averaging", "local", "--resume");
    assertThat(byItsOwn.status()).as(byItsOwn.err()).isZero();
  }

  @Test
  void oldNamesInAFileOfTheUsersOwnAreRefused() throws IOException {
    Files.writeString(config, Files.readString(config).replace("microBatch:", "batch:"));
    CommandRun run = pretrain("--averaging", "local");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("training.batch: is called training.microBatch now");
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
    assertThat(CommandRun.of("bench", "xyzzy").err())
        .contains("kindling bench: unknown command 'xyzzy'; see kindling bench --help");
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
              "kindling: training.microBatch 4: needs \\d{12} bytes outside the heap, \\d+ are"
                  + " available; use a smaller training.microBatch .*");
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
