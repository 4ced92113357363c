package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.checkpoint.HuggingFaceConfig;
import org.kindling.checkpoint.HuggingFaceShapes;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.gguf.GgufFile;
import org.kindling.storage.Storage;

class ExportJobTest {
  private static final int BYTES_AND_END = 257;
  @TempDir Path directory;
  private final Storage storage = Storage.standard();

  private static String succeed(String... arguments) {
    CommandRun run = CommandRun.of(arguments);
    assertThat(run.status()).as(run.err()).isZero();
    return run.out();
  }

  /** Trains for a few steps on bytes. */
  private Path train(String model) throws IOException {
    Files.writeString(directory.resolve("text.txt"), "to be or not to be\n".repeat(60));
    succeed(
        "tokenize",
        "--input",
        directory.resolve("text.txt").toString(),
        "--tokenizer",
        "byte",
        "--split",
        "tail",
        "--output",
        directory.resolve("data").toString());
    Path config = directory.resolve("run.yaml");
    Files.writeString(
        config,
        """
        run: %1$s/run
        data: [{path: %1$s/data}]
        model: {layers: 2, context: 16, %2$s}
        training: {workers: 1, microBatch: 2, localSteps: 2, steps: 4}
        evaluation: {everyRounds: 0}
        """
            .formatted(directory, model));
    succeed("pretrain", "--averaging", "local", "--config", config.toString());
    return directory.resolve("run/checkpoints/step-000000004");
  }

  private CommandRun export(Path checkpoint, String format, String output, String... more) {
    Stream<String> arguments =
        Stream.of(
            "export",
            "--checkpoint",
            checkpoint.toString(),
            "--format",
            format,
            "--output",
            directory.resolve(output).toString());
    return CommandRun.of(Stream.concat(arguments, Stream.of(more)).toArray(String[]::new));
  }

  private HuggingFaceConfig config(Path model) throws IOException {
    return HuggingFaceConfig.read(storage, new org.apache.hadoop.fs.Path(model.toUri()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gpt2 | architecture: gpt2, heads: 2, width: 16, tied: false",
        "llama | architecture: llama, heads: 4, kvHeads: 2, width: 16, hidden: 24",
        "qwen3 | architecture: qwen3, heads: 2, headDim: 6, width: 10, ropeTheta: 5000, tied: true"
      })
  void checkpointsAndExportsSayInConfigJsonWhatWasTrained(String architecture, String model)
      throws IOException {
    Path checkpoint = train(model);
    HuggingFaceConfig config = config(checkpoint);
    ModelConfig read = ModelConfig.read(storage, new org.apache.hadoop.fs.Path(checkpoint.toUri()));
    assertThat(HuggingFaceShapes.settings(config)).isEqualTo(read.model());
    assertThat(read.model().architecture()).isEqualTo(architecture);
    assertThat(config.vocabulary()).isEqualTo(BYTES_AND_END);
    assertThat(config.bos()).isEqualTo(OptionalInt.of(BYTES_AND_END - 1));
    assertThat(config.eos()).isEqualTo(List.of(BYTES_AND_END - 1));

    CommandRun run = export(directory.resolve("run"), "huggingface", "out", "--dtype", "fp32");
    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.out()).contains(config.modelType().className(), "fp32");
    Path out = directory.resolve("out");
    assertThat(config(out)).isEqualTo(config);
    assertThat(PublishedModels.tensors(out.resolve("model.safetensors")))
        .containsExactlyInAnyOrderEntriesOf(
            PublishedModels.tensors(checkpoint.resolve("model.safetensors")));
    assertThat(out.resolve("tokenizer.json"))
        .hasSameTextualContentAs(checkpoint.resolve("tokenizer.json"));
    assertThat(out.resolve("tokenizer_config.json"))
        .hasSameTextualContentAs(checkpoint.resolve("tokenizer_config.json"))
        .content()
        .contains("PreTrainedTokenizerFast", "<|endoftext|>");
    assertThat(out.resolve("generation_config.json")).content().contains("256");
  }

  @ParameterizedTest
  @CsvSource({"fp32, 0", "fp16, 1", "bf16, 30"})
  void ggufHoldsTheModelOfTheCheckpoint(String dtype, int type) throws IOException {
    Path checkpoint =
        train("architecture: llama, heads: 4, kvHeads: 2, headDim: 6, width: 20, hidden: 24");
    CommandRun run = export(checkpoint, "gguf", "tiny.gguf", "--dtype", dtype);
    assertThat(run.status()).as(run.err()).isZero();
    GgufFile file = GgufFile.read(directory.resolve("tiny.gguf"));
    assertThat(file.metadata())
        .containsEntry("general.architecture", "llama")
        .containsEntry("general.name", "tiny")
        .containsEntry("llama.block_count", 2L)
        .containsEntry("llama.context_length", 16L)
        .containsEntry("llama.embedding_length", 20L)
        .containsEntry("llama.feed_forward_length", 24L)
        .containsEntry("llama.attention.head_count", 4L)
        .containsEntry("llama.attention.head_count_kv", 2L)
        .containsEntry("llama.attention.key_length", 6L)
        .containsEntry("llama.rope.freq_base", 10000f)
        .containsEntry("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .containsEntry("tokenizer.ggml.eos_token_id", BYTES_AND_END - 1L);
    assertThat(file.tensors().get("blk.1.ffn_down.weight").type()).isEqualTo(type);
    Map<String, float[]> tensors = PublishedModels.tensors(checkpoint.resolve("model.safetensors"));
    assertThat(file.tensors().get("output_norm.weight").float32())
        .isEqualTo(tensors.get("model.norm.weight"));
  }

  @Test
  void ggufHasGpt2sMatricesTheOtherWayRound() throws IOException {
    Path checkpoint = train("architecture: gpt2, heads: 2, width: 16");
    CommandRun run = export(checkpoint, "gguf", "tiny.gguf");
    assertThat(run.status()).as(run.err()).isZero();
    GgufFile file = GgufFile.read(directory.resolve("tiny.gguf"));
    Map<String, float[]> tensors = PublishedModels.tensors(checkpoint.resolve("model.safetensors"));
    for (int layer = 0; layer < 2; layer++) {
      float[] in = tensors.get("transformer.h." + layer + ".mlp.c_fc.weight");
      float[] out = file.tensors().get("blk." + layer + ".ffn_up.weight").float32();
      for (int i = 0; i < in.length; i++) {
        assertThat(out[i % 64 * 16 + i / 64]).isEqualTo(in[i]);
      }
    }
  }

  private void refused(CommandRun run, String output, String... words) throws IOException {
    assertThat(run.status()).as(run.err()).isEqualTo(2);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains(words);
    try (var left = Files.list(directory)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.contains(output));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "family: lstm, width: 8 | which is of family lstm",
        "architecture: modern, heads: 2, width: 16 | which is of architecture modern",
        "architecture: llama, heads: 2, width: 16, softCap: 30, qkNorm: true"
            + " | which has a soft cap on logits",
        "architecture: llama, heads: 2, width: 16, qkNorm: true, mlp: gelu"
            + " | which has an MLP without gate, has QK-norm; "
      })
  void refusesModelsThatOthersHaveNoClassFor(String model, String why) throws IOException {
    Path checkpoint = train(model.startsWith("family") ? model.replace("layers: 2", "") : model);
    for (String format : new String[] {"huggingface", "gguf"}) {
      refused(
          export(checkpoint, format, "out"), "out", why, "model.architecture gpt2, llama or qwen3");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tiny-llama | found mlp geglu, but llama.cpp's llama has swiglu",
        "tiny-qwen3 | found window 5, but llama.cpp's qwen3 has none"
      })
  void refusesAsGgufWhatLlamaCppComputesOtherwise(String name, String why) throws IOException {
    Path model = PublishedModels.copy(name, directory);
    refused(
        export(model, "gguf", "out.gguf"),
        "out.gguf",
        "gguf",
        why,
        "export to huggingface instead");
  }

  @Test
  void refusesNumbersThatAreTooLargeAndLeavesNothing() throws IOException {
    Path model = train("architecture: llama, heads: 2, width: 16");
    Files.delete(model.resolve("manifest.json"));
    Path file = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int firstTensor = Long.BYTES + (int) buffer.getLong(0);
    buffer.putFloat(firstTensor, 1e6f);
    Files.write(file, bytes);
    refused(export(model, "huggingface", "out", "--dtype", "fp16"), "out", "1000000.0", "bf16");
    refused(export(model, "gguf", "out", "--dtype", "fp16"), "out", "1000000.0", "bf16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"huggingface", "gguf"})
  void refusesAnOutputThatIsThere(String format) throws IOException {
    Path model = PublishedModels.copy("tiny-gpt2", directory);
    Path there = Files.writeString(directory.resolve("there"), "mine");
    CommandRun run = export(model, format, "there");
    assertThat(run.status()).isEqualTo(2);
    assertThat(run.err()).contains("there: exists; give another --output").hasLineCount(1);
    assertThat(there).hasContent("mine");
  }

  @Test
  void refusesUnknownFormatsAndNumbers() throws IOException {
    Path model = PublishedModels.copy("tiny-gpt2", directory);
    refused(export(model, "onnx", "out"), "out", "--format", "onnx", "HUGGINGFACE, GGUF");
    refused(
        export(model, "gguf", "out", "--dtype", "int8"),
        "out",
        "dtype: found 'int8', expected fp32, bf16 or fp16");
  }
}
