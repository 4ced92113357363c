package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

class SafetensorsTest {
  @TempDir Path directory;
  private final Storage storage = Storage.standard();
  private Path file;

  @BeforeEach
  void writeFile() throws IOException {
    file = directory.resolve("a.safetensors");
    FlatSource flat = FlatSource.of(new float[] {9, 1, 2, 3, 4, 5, 6, 9, -0.5f});
    Safetensors.write(
        storage,
        hadoop(),
        List.of(
            new Safetensors.Tensor("matrix", List.of(2, 3), flat, 1),
            new Safetensors.Tensor("vector", List.of(1), flat, 8)));
  }

  private org.apache.hadoop.fs.Path hadoop() {
    return new org.apache.hadoop.fs.Path(file.toUri());
  }

  @Test
  void writesTheSpecifiedBytes() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int headerLength = (int) buffer.getLong();
    String header = new String(bytes, 8, headerLength, StandardCharsets.UTF_8);
    assertThat(headerLength % 8).isZero();
    assertThat(header.stripTrailing())
        .isEqualTo(
            "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"matrix\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"vector\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]}}");
    assertThat(bytes).hasSize(8 + headerLength + 28);
    assertThat(buffer.getFloat(8 + headerLength)).isEqualTo(1f);
    assertThat(buffer.getFloat(8 + headerLength + 24)).isEqualTo(-0.5f);
  }

  @Test
  void readsWhatItWrote() throws IOException {
    Map<String, float[]> found = new HashMap<>();
    Safetensors.read(
        storage,
        hadoop(),
        shapes -> assertThat(shapes).containsEntry("matrix", List.of(2, 3)),
        (name, from, values, length) -> found.put(name, Arrays.copyOf(values, length)));
    assertThat(found.get("matrix")).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(found.get("vector")).containsExactly(-0.5f);
  }

  @Test
  void refusesATruncatedFile() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 3));
    assertRefused("ends before its last tensor; the file is truncated");
  }

  @Test
  void refusesWhatIsNoSafetensorsFile() throws IOException {
    Files.writeString(file, "This is a letter, and quite a long one at that.");
    assertRefused("this is not a safetensors file");
  }

  @Test
  void refusesOtherNumberTypes() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1).replaceFirst("F32", "F16");
    Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
    assertRefused("tensor matrix has dtype F16, expected F32; convert it to float32");
  }

  private void assertRefused(String message) {
    assertThatThrownBy(
            () ->
                Safetensors.read(
                    storage, hadoop(), shapes -> {}, (name, from, values, length) -> {}))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("a.safetensors, byte ")
        .hasMessageContaining(message);
  }
}
