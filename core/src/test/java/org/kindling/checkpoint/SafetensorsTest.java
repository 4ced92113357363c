package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
  void writesTheSpecifiedBytesOfShorterNumbers() throws IOException {
    FlatSource flat = FlatSource.of(new float[] {1, -2, 0x1.01p0f, Float.NaN});
    List<Safetensors.Tensor> tensors = List.of(new Safetensors.Tensor("a", List.of(2, 2), flat, 0));
    Safetensors.write(storage, hadoop(), tensors, Dtype.BF16);
    assertThat(data()).isEqualTo("803f00c0803fc07f");
    assertThat(header()).contains("{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[0,8]}");
    Safetensors.write(storage, hadoop(), tensors, Dtype.F16);
    assertThat(data()).isEqualTo("003c00c0043c007e");
    assertThat(header()).contains("{\"dtype\":\"F16\",\"shape\":[2,2],\"data_offsets\":[0,8]}");
  }

  /** What the reference implementation, safetensors 0.8.0, wrote of a tensor of each kind. */
  @Test
  void readsWhatTheReferenceImplementationWrote() throws IOException {
    Files.write(file, HexFormat.of().parseHex(golden("three-dtypes.safetensors.hex")));
    try (SafetensorsFile opened = SafetensorsFile.open(storage, hadoop())) {
      assertThat(opened.tensors().get("steps").dtype()).isEqualTo("I64");
      assertThat(opened.tensors().get("steps").shape()).isEmpty();
      assertThat(opened.tensors().get("single").shape()).containsExactly(2L, 1L, 3L);
      float[] values = new float[6];
      opened.read(opened.tensors().get("single"), 0, values, 6);
      assertThat(values).containsExactly(0.1f, -2, 3, 4, 1e-40f, Float.POSITIVE_INFINITY);
      opened.read(opened.tensors().get("half"), 1, values, 3);
      assertThat(Arrays.copyOf(values, 3)).containsExactly(-0.33325195f, 65504, 0x1p-24f);
      opened.read(opened.tensors().get("brain"), 0, values, 2);
      assertThat(Arrays.copyOf(values, 2)).containsExactly(0.10009765625f, -9.969209968386869e+37f);
    }
  }

  @Test
  void readsTensorsThatLieInAnotherOrderThanTheHeaderNamesThem() throws IOException {
    String header =
        "{\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]},"
            + "\"empty\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[4,4]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}";
    SafetensorsFixture.raw(file, header, HexFormat.of().parseHex("0000803f00000040"));
    try (SafetensorsFile opened = SafetensorsFile.open(storage, hadoop())) {
      assertThat(opened.tensors().keySet()).containsExactly("a", "empty", "b");
    }
    Map<String, float[]> found = SafetensorsFixture.read(file);
    assertThat(found.get("a")).containsExactly(1);
    assertThat(found.get("b")).containsExactly(2);
    assertThat(found).doesNotContainKey("empty");
  }

  @Test
  void readsTheEndOfATensorOfMoreThanTwoToThe31Elements() throws IOException {
    long elements = 3L << 30;
    String header =
        String.format(
            "{\"long\":{\"dtype\":\"BF16\",\"shape\":[%d],\"data_offsets\":[0,%d]}}",
            elements, 2 * elements);
    SafetensorsFixture.raw(file, header, new byte[0]);
    // A sparse file: no disk is used for what is not written.
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.seek(sparse.length() + 2 * elements - 2);
      sparse.write(new byte[] {(byte) 0x80, 0x3f});
    }
    try (SafetensorsFile opened = SafetensorsFile.open(storage, hadoop())) {
      StoredTensor tensor = opened.tensors().get("long");
      assertThat(tensor.elements()).isEqualTo(elements);
      float[] values = new float[2];
      opened.read(tensor, elements - 2, values, 2);
      assertThat(values).containsExactly(0, 1);
    }
  }

  @Property(tries = 50)
  void anyTensorsComeBackRoundedToTheirType(
      @ForAll @Size(max = 4) List<@Size(max = 9) float[]> tensors, @ForAll Dtype dtype)
      throws IOException {
    Path temporary = Files.createTempDirectory("safetensors");
    Path any = temporary.resolve("any.safetensors");
    List<Safetensors.Tensor> written = new ArrayList<>();
    for (float[] values : tensors) {
      for (int i = 0; i < values.length; i++) {
        values[i] = dtype.firstTooLarge(new float[] {values[i]}, 1) < 0 ? values[i] : i;
      }
      List<Integer> shape = List.of(1, values.length);
      written.add(
          new Safetensors.Tensor("\u00e9\"" + written.size(), shape, FlatSource.of(values), 0));
    }
    Safetensors.write(storage, SafetensorsFixture.hadoop(any), written, dtype);
    Map<String, float[]> found = SafetensorsFixture.read(any);
    for (int t = 0; t < tensors.size(); t++) {
      float[] values = tensors.get(t);
      float[] read = found.getOrDefault("\u00e9\"" + t, new float[0]);
      assertThat(read).hasSameSizeAs(values);
      for (int i = 0; i < values.length; i++) {
        assertThat(read[i]).isEqualTo(dtype.rounded(values[i]));
      }
    }
    Files.delete(any);
    Files.delete(temporary);
  }

  @Test
  void readsATensorThatIsLongerThanAChunk() throws IOException {
    float[] values = new float[SafetensorsFile.CHUNK_FLOATS + 5];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 251;
    }
    for (Dtype dtype : Dtype.values()) {
      Safetensors.Tensor tensor =
          new Safetensors.Tensor("a", List.of(values.length), FlatSource.of(values), 0);
      Safetensors.write(storage, hadoop(), List.of(tensor), dtype);
      assertThat(SafetensorsFixture.read(file).get("a")).isEqualTo(values);
    }
  }

  private String header() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return new String(bytes, 8, bytes[0], StandardCharsets.UTF_8);
  }

  private String data() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    return HexFormat.of().formatHex(bytes, 8 + bytes[0], bytes.length);
  }

  private static String golden(String name) throws IOException {
    try (var in = SafetensorsTest.class.getResourceAsStream("/golden/" + name)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
    }
  }
}
