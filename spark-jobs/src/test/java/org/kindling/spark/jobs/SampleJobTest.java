package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.FlatSource;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/** {@code sample} with a model of random parameters over bytes. */
class SampleJobTest {
  private static final ModelSettings MODEL = new ModelSettings("transformer", 1, 2, 16, 24, true);
  private static final Tokenizer BYTES = Tokenizers.named("byte").orElseThrow();

  @TempDir java.nio.file.Path directory;

  @BeforeEach
  void writeCheckpoint() throws IOException {
    writeCheckpoint(BYTES.vocabulary());
  }

  private void writeCheckpoint(int vocabulary) throws IOException {
    Storage storage = Storage.standard();
    Path path = new Path(directory.toString());
    try (Kernels kernels = Kernels.named("auto");
        LanguageModel model = LanguageModels.create(MODEL, vocabulary, 1, kernels)) {
      model.initialize(1);
      float[] parameters = new float[(int) model.layout().size()];
      model.parameters().read(0, parameters, 0, parameters.length);
      for (int i = 0; i < parameters.length; i++) {
        parameters[i] *= 8; // so that probabilities differ
      }
      Checkpoint.writeModel(storage, path, model.layout(), FlatSource.of(parameters));
    }
    ModelConfig config = new ModelConfig(MODEL, vocabulary);
    // A token that the model does not have would be refused before the tokenizer is looked at.
    boolean hasAll = vocabulary >= BYTES.vocabulary();
    Checkpoint.writeConfig(storage, path, config, hasAll ? BYTES.endOfText() : OptionalInt.empty());
    storage.writeText(new Path(path, Checkpoint.TOKENIZER), BYTES.toJson());
  }

  private CommandRun sample(String... options) {
    List<String> command = new ArrayList<>(List.of("sample", "--checkpoint", directory.toString()));
    command.addAll(Arrays.asList(options));
    return CommandRun.of(command.toArray(String[]::new));
  }

  private List<JsonNode> json(String... options) throws IOException {
    List<String> all = new ArrayList<>(Arrays.asList(options));
    all.addAll(List.of("--format", "json"));
    CommandRun run = sample(all.toArray(String[]::new));
    assertThat(run.status()).as(run.err()).isZero();
    List<JsonNode> lines = new ArrayList<>();
    for (String line : run.out().split("\n")) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  private static String text(JsonNode line) {
    return line.get("text").asText();
  }

  @Test
  void oneContinuationIsThePromptAndWhatFollows() throws IOException {
    CommandRun run = sample("--prompt", "Héllo", "--tokens", "30");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    JsonNode line = json("--prompt", "Héllo", "--tokens", "30").get(0);
    assertThat(run.out()).isEqualTo("Héllo" + text(line) + "\n");
    assertThat(line.get("tokens").asInt()).isEqualTo(30);
    assertThat(line.get("ended").asText()).isEqualTo("length");
    assertThat(sample("--prompt", "Héllo", "--tokens", "30").out()).isEqualTo(run.out());
    assertThat(sample("--prompt", "Héllo", "--tokens", "30", "--stats").err())
        .matches("continuations: 1, tokens: 30, tokens/s: [0-9.]+ \\(without loading .*\\)\\R");
  }

  @Test
  void severalContinuationsAreThoseOfEachAlone() throws IOException {
    String[] all = {"--prompt", "one", "--prompt", "another", "--count", "3", "--tokens", "40"};
    List<JsonNode> lines = json(all);
    assertThat(lines)
        .extracting(l -> l.get("prompt").asText() + l.get("continuation").asInt())
        .containsExactly("one1", "one2", "one3", "another1", "another2", "another3");
    assertThat(lines).extracting(SampleJobTest::text).doesNotHaveDuplicates();
    assertThat(json("--prompt", "another", "--count", "2", "--tokens", "40"))
        .isEqualTo(lines.subList(3, 5));
    List<String> batched = new ArrayList<>(Arrays.asList(all));
    batched.addAll(List.of("--batch", "2"));
    assertThat(json(batched.toArray(String[]::new))).isEqualTo(lines);
    CommandRun run = sample(all);
    assertThat(run.out())
        .startsWith("==> prompt 1, continuation 1 <==\none" + text(lines.get(0)) + "\n\n==> ")
        .contains("\n\n==> prompt 2, continuation 3 <==\nanother" + text(lines.get(5)) + "\n");
    int tokens = lines.stream().mapToInt(line -> line.get("tokens").asInt()).sum();
    assertThat(run.err()).startsWith("continuations: 6, tokens: " + tokens + ", tokens/s: ");
  }

  @Test
  void stopStringsAreNotPartOfTheText() throws IOException {
    String whole = text(json("--prompt", "x", "--temperature", "0", "--tokens", "30").get(0));
    // A character of the text, which may be one that replaces broken bytes: then take another.
    String stop =
        whole
            .codePoints()
            .filter(c -> c != 0xFFFD)
            .mapToObj(Character::toString)
            .skip(5)
            .findFirst()
            .orElseThrow();
    JsonNode line =
        json(
                "--prompt",
                "x",
                "--temperature",
                "0",
                "--tokens",
                "30",
                "--stop",
                stop,
                "--stop",
                "not there")
            .get(0);
    assertThat(line.get("ended").asText()).isEqualTo("stop");
    assertThat(text(line)).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(line.get("tokens").asInt())
        .isBetween(text(line).codePointCount(0, text(line).length()) + 1, 29);
  }

  @Test
  void promptsLongerThanTheContextAreSaidToBeShortened() {
    String prompt = "abcdefghijklmnopqrstuvwxyz0123456789";
    CommandRun run = sample("--prompt", prompt, "--tokens", "3");
    assertThat(run.status()).isZero();
    assertThat(run.out()).startsWith(prompt);
    assertThat(run.err())
        .isEqualTo(
            "--prompt: has 36 tokens, more than the model's context; it reads the last 24"
                + System.lineSeparator());
    assertThat(sample("--prompt", "a", "--prompt", prompt, "--count", "2", "--tokens", "1").err())
        .containsOnlyOnce("--prompt 2: has 36 tokens");
  }

  @Test
  void penaltyAndMinPChangeTheText() {
    String[] greedy = {"--prompt", "x", "--temperature", "0"};
    String[] penalized = {"--prompt", "x", "--temperature", "0", "--repetition-penalty", "1.5"};
    assertThat(sample(penalized).out()).isNotEqualTo(sample(greedy).out());
    assertThat(sample("--prompt", "x", "--min-p", "1").out()).isEqualTo(sample(greedy).out());
  }

  @Test
  void aTokenizerLargerThanTheModelIsRefused() throws IOException {
    Files.delete(directory.resolve("config.json"));
    Files.delete(directory.resolve("model.safetensors"));
    writeCheckpoint(200);
    CommandRun run = sample("--prompt", "x");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains(
            ": the tokenizer has 257 tokens, the model 200; use the tokenizer that it was trained"
                + " with");
  }

  @Test
  void aModelLargerThanTheTokenizerDrawsItsTokensOnly() throws IOException {
    writeCheckpoint(1000);
    CommandRun run = sample("--prompt", "x", "--temperature", "5", "--tokens", "200");
    assertThat(run.status()).as(run.err()).isZero();
  }

  @Test
  void badOptionsAreNamed() {
    assertRefused("--count: expected at least 1, found 0", "--count", "0");
    assertRefused("--tokens: expected at least 1, found 0", "--tokens", "0");
    assertRefused("--batch: expected at least 1, found -1", "--batch", "-1");
    assertRefused("--stop: is empty; give some text", "--stop", "");
    assertRefused("--min-p: expected at least 0 and at most 1, found 1.5", "--min-p", "1.5");
    assertRefused("--repetition-penalty: expected above 0, found 0.0", "--repetition-penalty", "0");
    assertRefused("--top-p: expected above 0 and at most 1, found 2.0", "--top-p", "2");
    assertThat(sample("--prompt", "x", "--format", "xml").err()).contains("--format");
    assertThat(sample().err()).contains("--prompt");
  }

  private void assertRefused(String message, String... options) {
    List<String> all = new ArrayList<>(List.of("--prompt", "x"));
    all.addAll(Arrays.asList(options));
    CommandRun run = sample(all.toArray(String[]::new));
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).isEqualTo("kindling: " + message + System.lineSeparator());
    assertThat(run.out()).isEmpty();
  }
}
