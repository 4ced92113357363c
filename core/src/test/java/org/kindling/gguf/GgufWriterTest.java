package org.kindling.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.Storage;

class GgufWriterTest {
  private static final ElementSource ZEROS = (from, target, length) -> {};

  @TempDir Path directory;

  private Path write(GgufMetadata metadata, GgufTensor... tensors) throws IOException {
    Path file = directory.resolve("model.gguf");
    GgufWriter.write(
        Storage.standard(),
        new org.apache.hadoop.fs.Path(file.toUri()),
        metadata,
        List.of(tensors));
    return file;
  }

  private static GgufTensor tensor(String name, GgufType type, float... values) {
    return new GgufTensor(name, List.of((long) values.length), type, ElementSource.of(values));
  }

  @Test
  void writesTheSpecifiedBytes() throws IOException {
    GgufMetadata metadata =
        new GgufMetadata()
            .text("general.architecture", "llama")
            .uint32("llama.block_count", 2)
            .float32("llama.rope.freq_base", 10000)
            .flag("tokenizer.ggml.add_bos_token", false)
            .texts("tokenizer.ggml.tokens", List.of("a", "Ġé"))
            .int32s("tokenizer.ggml.token_type", new int[] {1, -1});
    ElementSource matrix = ElementSource.of(new float[] {1, 2, 3, 4, 5, -0.5f});
    Path file =
        write(
            metadata,
            new GgufTensor("matrix", List.of(2L, 3L), GgufType.F32, matrix),
            tensor("half", GgufType.F16, 1, -2.5f, 65504),
            tensor("brain", GgufType.BF16, 1, -4));
    try (InputStream golden = getClass().getResourceAsStream("/golden/three-tensors.gguf.hex")) {
      String hex = new String(golden.readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(Files.readAllBytes(file))
          .isEqualTo(HexFormat.of().parseHex(hex.replaceAll("\\s", "")));
    }
  }

  @Test
  void readsLongTensorsInChunks() throws IOException {
    int count = 150_001;
    ElementSource counting =
        (from, target, length) -> {
          for (int i = 0; i < length; i++) {
            target[i] = from + i;
          }
        };
    Path file =
        write(
            new GgufMetadata(),
            new GgufTensor("long", List.of((long) count), GgufType.F32, counting),
            tensor("after", GgufType.F32, 7));
    GgufFile read = GgufFile.read(file);
    float[] values = read.tensors().get("long").float32();
    assertThat(values).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(values[i]).isEqualTo(i);
    }
    assertThat(read.tensors().get("after").float32()).containsExactly(7);
  }

  @Test
  void countsBytesBeyondTheRangeOfInt() {
    GgufTensor table = new GgufTensor("t", List.of(1L << 20, 1L << 14), GgufType.BF16, ZEROS);
    assertThat(table.sizeBytes()).isEqualTo(1L << 35);
    GgufTensor absurd = new GgufTensor("t", List.of(1L << 40, 1L << 40), GgufType.F32, ZEROS);
    assertThatThrownBy(absurd::sizeBytes).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void leavesNoFileIfANumberDoesNotFitIntoFloat16() throws IOException {
    assertThatThrownBy(() -> write(new GgufMetadata(), tensor("w", GgufType.F16, 1, -70000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "tensor w, element 1: found -70000.0, which overflows float16; write f32, or bf16 instead"
                + " of f16");
    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void refusesNamesThatGgmlCannotHold() {
    tensor("n".repeat(63), GgufType.F32, 1);
    assertThatThrownBy(() -> tensor("é".repeat(32), GgufType.F32, 1))
        .hasMessageContaining("has 64 bytes, expected 1 to 63");
    assertThatThrownBy(() -> tensor("", GgufType.F32, 1)).hasMessageContaining("0 bytes");
  }

  @Test
  void refusesTwoTensorsOfOneName() {
    assertThatThrownBy(
            () ->
                write(
                    new GgufMetadata(), tensor("w", GgufType.F32, 1), tensor("w", GgufType.F32, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor w: found twice, expected each name once");
  }

  @Test
  void refusesShapesThatGgmlCannotHold() {
    for (List<Long> shape :
        List.of(List.<Long>of(), List.of(1L, 1L, 1L, 1L, 1L), List.of(2L, 0L))) {
      assertThatThrownBy(() -> new GgufTensor("w", shape, GgufType.F32, ZEROS))
          .hasMessageStartingWith("tensor w: found shape " + shape);
    }
  }

  @Test
  void refusesKeysThatBreakTheRules() {
    GgufMetadata metadata = new GgufMetadata().flag("a.b_1", true);
    for (String key : List.of("", "A", "a..b", "a.", "é", "a b")) {
      assertThatThrownBy(() -> metadata.flag(key, true)).hasMessageContaining("'" + key + "'");
    }
    assertThatThrownBy(() -> metadata.flag("a.b_1", true)).hasMessageContaining("put twice");
    assertThatThrownBy(() -> metadata.uint32("n", -1)).hasMessageContaining("n: found -1");
    assertThatThrownBy(() -> metadata.uint32("n", 1L << 32)).hasMessageContaining("4294967296");
  }

  @Test
  void knowsTypesByTheirNames() {
    assertThat(GgufType.named("bf16")).isEqualTo(GgufType.BF16);
    assertThatThrownBy(() -> GgufType.named("q4_0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("gguf, type: found 'q4_0', expected f32, f16 or bf16");
  }
}
