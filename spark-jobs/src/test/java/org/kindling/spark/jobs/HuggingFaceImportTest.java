package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.Dtype;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.kernels.Kernels;
import org.kindling.model.Predictor;
import org.kindling.storage.Storage;

class HuggingFaceImportTest {
  @TempDir Path directory;

  private CommandRun run(Path model, String output) {
    return CommandRun.of(
        "import",
        "--huggingface",
        model.toString(),
        "--output",
        directory.resolve(output).toString());
  }

  private void succeed(CommandRun run) {
    assertThat(run.status()).as(run.err()).isZero();
  }

  private void export(String checkpoint, String dtype, String output) {
    succeed(
        CommandRun.of(
            "export",
            "--checkpoint",
            directory.resolve(checkpoint).toString(),
            "--format",
            "huggingface",
            "--dtype",
            dtype,
            "--output",
            directory.resolve(output).toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen3"})
  void importedModelPredictsWhatTransformersDoes(String name) throws IOException {
    succeed(run(PublishedModels.copy(name, directory), "model"));
    Map<String, float[]> expected = PublishedModels.expected(name);
    float[] stored = expected.get("tokens");
    int[] tokens = new int[stored.length];
    for (int t = 0; t < tokens.length; t++) {
      tokens[t] = (int) stored[t];
    }
    org.apache.hadoop.fs.Path model =
        new org.apache.hadoop.fs.Path(directory.resolve("model").toUri());
    ModelConfig config = ModelConfig.read(Storage.standard(), model);
    try (Kernels kernels = Kernels.named("vector");
        Predictor predictor = Checkpoint.open(Storage.standard(), model, config, 1, kernels)) {
      assertThat(predictor.logits(1, tokens.length, tokens))
          .containsExactly(expected.get("logits"), within(1e-4f));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-gpt2", "tiny-llama", "tiny-qwen3"})
  void exportedAndImportedAgainItHasTheSameBits(String name) throws IOException {
    succeed(run(PublishedModels.copy(name, directory), "model"));
    export("model", "fp32", "exported");
    succeed(run(directory.resolve("exported"), "again"));
    for (String file :
        new String[] {
          "model.safetensors", "config.json", "tokenizer.json", "tokenizer_config.json"
        }) {
      assertThat(directory.resolve("again").resolve(file))
          .hasSameBinaryContentAs(directory.resolve("model").resolve(file));
    }
  }

  @ParameterizedTest
  @CsvSource({"tiny-gpt2, bf16", "tiny-llama, fp16", "tiny-qwen3, bf16"})
  void shorterNumbersAreTheRoundedOnes(String name, String dtype) throws IOException {
    succeed(run(PublishedModels.copy(name, directory), "model"));
    export("model", dtype, "exported");
    succeed(run(directory.resolve("exported"), "again"));
    Map<String, float[]> whole =
        PublishedModels.tensors(directory.resolve("model/model.safetensors"));
    Map<String, float[]> shorter =
        PublishedModels.tensors(directory.resolve("exported/model.safetensors"));
    assertThat(PublishedModels.tensors(directory.resolve("again/model.safetensors")))
        .containsExactlyInAnyOrderEntriesOf(shorter);
    assertThat(shorter).containsOnlyKeys(whole.keySet());
    whole.forEach(
        (tensor, values) -> {
          for (int i = 0; i < values.length; i++) {
            assertThat(shorter.get(tensor)[i]).isEqualTo(Dtype.named(dtype).rounded(values[i]));
          }
        });
    assertThat(directory.resolve("exported/model.safetensors").toFile().length())
        .isLessThan(directory.resolve("model/model.safetensors").toFile().length());
  }

  private void refused(Path model, int status, String... words) throws IOException {
    CommandRun run = run(model, "model");
    assertThat(run.status()).as(run.err()).isEqualTo(status);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains(words);
    try (var left = Files.list(directory)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.contains("model"));
    }
  }

  private static void edit(Path file, UnaryOperator<String> change) throws IOException {
    String before = Files.readString(file);
    String after = change.apply(before);
    assertThat(after).isNotEqualTo(before);
    Files.writeString(file, after);
  }

  /** Changes the header of a safetensors file, which keeps its length. */
  private static void editHeader(Path file, String from, String to) throws IOException {
    byte[] all = Files.readAllBytes(file);
    int length = Math.toIntExact(ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN).getLong());
    String header = new String(all, Long.BYTES, length, StandardCharsets.UTF_8);
    assertThat(header).contains(from);
    String changed = header.replace(from, to).stripTrailing();
    byte[] bytes = String.format("%-" + length + "s", changed).getBytes(StandardCharsets.UTF_8);
    assertThat(bytes).hasSize(length);
    System.arraycopy(bytes, 0, all, Long.BYTES, length);
    Files.write(file, all);
  }

  @Test
  void refusesAnotherArchitectureNamingThoseItReads() throws IOException {
    Path model = PublishedModels.copy("tiny-llama", directory);
    edit(model.resolve("config.json"), json -> json.replace("\"llama\"", "\"mistral\""));
    refused(model, 2, "config.json", "model_type", "'mistral'", "gpt2, llama, qwen3");
  }

  @Test
  void refusesAKeyThatWouldChangeWhatIsComputed() throws IOException {
    Path model = PublishedModels.copy("tiny-llama", directory);
    edit(model.resolve("config.json"), json -> json.replace("\"default\"", "\"yarn\""));
    refused(model, 2, "config.json", "rope_type", "yarn", "default");
  }

  @Test
  void refusesAFileThatIsCutShort() throws IOException {
    Path model = PublishedModels.copy("tiny-gpt2", directory);
    Path file = model.resolve("model.safetensors");
    byte[] all = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(all, all.length - 4));
    refused(model, 1, "model.safetensors, byte " + (all.length - 4) + ": the file is cut short");
  }

  @Test
  void refusesOverlappingTensors() throws IOException {
    Path model = PublishedModels.copy("tiny-qwen3", directory);
    Path file = model.resolve("model.safetensors");
    Files.write(
        file,
        header(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}",
            12));
    refused(model, 1, "model.safetensors", "tensor b overlaps tensor a");
  }

  private static byte[] header(String json, int dataBytes) {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + text.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  @Test
  void refusesAnotherShape() throws IOException {
    Path model = PublishedModels.copy("tiny-qwen3", directory);
    edit(
        model.resolve("config.json"),
        json -> json.replace("\"intermediate_size\": 12", "\"intermediate_size\": 14"));
    refused(model, 1, "mlp.", "expected shape [", "14", "config.json describes another model");
  }

  @Test
  void refusesWholeNumbers() throws IOException {
    Path model = PublishedModels.copy("tiny-qwen3", directory);
    editHeader(model.resolve("model.safetensors"), "\"F16\"", "\"I16\"");
    refused(model, 1, "model.safetensors", "I16, expected F32, BF16 or F16");
  }

  @Test
  void refusesATokenizerThatIsLargerThanTheModel() throws IOException {
    Path model = PublishedModels.copy("tiny-gpt2", directory);
    PublishedModels.tokenizer("abcdefghijklmnopqrst", directory, model);
    refused(model, 2, "the tokenizer has 20 tokens, the model 19");
  }

  @Test
  void refusesAModelWithoutTokenizer() throws IOException {
    Path model = PublishedModels.copy("tiny-gpt2", directory);
    Files.delete(model.resolve("tokenizer.json"));
    refused(model, 2, "has no tokenizer.json", "--tokenizer");
  }
}
