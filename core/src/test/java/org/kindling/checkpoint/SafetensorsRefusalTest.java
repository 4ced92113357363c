package org.kindling.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/** Every way in which a safetensors file can be wrong, and what is said of it. */
class SafetensorsRefusalTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("a.safetensors");
  }

  @Test
  void acceptsTheFileThatTheOthersDamage() throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 8);
    assertThat(SafetensorsFixture.read(file).get("a")).containsExactly(0, 0);
  }

  @Test
  void aFileCutAtAnyLengthIsCalledCutShort() throws IOException {
    Map<String, float[]> tensors = new LinkedHashMap<>();
    tensors.put("matrix", new float[] {1, 2, 3});
    tensors.put("vector", new float[] {4});
    byte[] whole = Files.readAllBytes(SafetensorsFixture.tensors(file, tensors));
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefused("byte " + length + ": the file is cut short: found " + length + " bytes");
    }
  }

  @Test
  void refusesBytesAfterTheLastTensor() throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 11);
    assertRefused("expected the file to end here, after tensor a, found 3 more bytes");
  }

  @Test
  void refusesALetter() throws IOException {
    Files.writeString(file, "This is a letter, and quite a long one at that.");
    assertRefused("byte 0: expected a header of 2 to 100000000 bytes, found one of ");
    assertRefused("this is not a safetensors file");
  }

  @Test
  void refusesAHeaderOfNothing() throws IOException {
    Files.write(file, new byte[16]);
    assertRefused("found one of 0; this is not a safetensors file");
  }

  @Test
  void namesAGitLfsPointer() throws IOException {
    Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    assertRefused("found a pointer of Git LFS to one; fetch the file itself with git lfs pull");
  }

  @Test
  void refusesAHeaderThatIsNoJson() throws IOException {
    refusable("{'a':{'dtype' 'F32'}}", 0);
    assertRefused("byte 22: the header cannot be read as JSON (Unexpected character");
  }

  @Test
  void refusesAHeaderThatIsNoObject() throws IOException {
    refusable("[1,2]", 0);
    assertRefused("byte 8: expected a JSON header that begins with '{', found bytes 5b 31");
  }

  @Test
  void refusesAHeaderInUtf16() throws IOException {
    SafetensorsFixture.raw(file, "{}".getBytes(StandardCharsets.UTF_16LE), new byte[0]);
    assertRefused("expected a JSON header that begins with '{', found bytes 7b 00");
  }

  @Test
  void refusesANameThatIsNotUtf8() throws IOException {
    byte[] header = "{\"\u00e9\":1}".getBytes(StandardCharsets.ISO_8859_1);
    SafetensorsFixture.raw(file, header, new byte[0]);
    assertRefused("byte 10: expected a header in UTF-8, found byte e9");
  }

  @Test
  void refusesTextAfterTheHeader() throws IOException {
    refusable("{} {}", 0);
    assertRefused("byte 11: found text after the header's last brace");
  }

  @Test
  void refusesATensorDescribedTwice() throws IOException {
    String tensor = "'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}";
    refusable("{" + tensor + "," + tensor + "}", 4);
    assertRefused("Duplicate field 'a'");
  }

  @Test
  void refusesAKeyGivenTwice() throws IOException {
    refusable("{'a':{'dtype':'F32','dtype':'F32','shape':[1],'data_offsets':[0,4]}}", 4);
    assertRefused("Duplicate field 'dtype'");
  }

  @Test
  void refusesMetadataOtherThanTexts() throws IOException {
    refusable("{'__metadata__':{'format':1}}", 0);
    assertRefused("__metadata__: expected an object of strings, found {\"format\":1}");
  }

  @Test
  void refusesATensorThatIsNoObject() throws IOException {
    refusable("{'a':7}", 0);
    assertRefused("byte 9: tensor a: expected an object, found 7");
  }

  @Test
  void refusesAnUnknownKeyOfATensor() throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[1],'strides':[1],'data_offsets':[0,4]}}", 4);
    assertRefused("tensor a: unknown key strides");
  }

  @Test
  void refusesATensorWithoutType() throws IOException {
    refusable("{'a':{'shape':[1],'data_offsets':[0,4]}}", 4);
    assertRefused("tensor a, dtype: expected a string, found none");
  }

  @Test
  void refusesATensorWithoutShape() throws IOException {
    refusable("{'a':{'dtype':'F32','data_offsets':[0,4]}}", 4);
    assertRefused("tensor a, shape: expected an array of whole numbers of at least 0, found none");
  }

  @Test
  void refusesATensorWithoutOffsets() throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[1]}}", 4);
    assertRefused("tensor a, data_offsets: expected an array of whole numbers");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[-1]", "[1.5]", "['1']", "[99999999999999999999]", "{}", "4"})
  void refusesAShapeThatIsNone(String shape) throws IOException {
    refusable("{'a':{'dtype':'F32','shape':" + shape + ",'data_offsets':[0,4]}}", 4);
    assertRefused("tensor a, shape: expected an array of whole numbers of at least 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[4,0]", "[0]", "[0,4,8]"})
  void refusesOffsetsThatAreNoSpan(String offsets) throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[1],'data_offsets':" + offsets + "}}", 4);
    assertRefused("tensor a, data_offsets: expected begin and end, found ");
  }

  @Test
  void refusesOffsetsThatDoNotFitTheShape() throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[2,3],'data_offsets':[0,20]}}", 20);
    assertRefused(
        "tensor a: data_offsets span 20 bytes, expected 24 of shape [2, 3] and dtype F32");
  }

  @Test
  void refusesOffsetsThatDoNotFitTheTypeOfATensorThatIsOnlySkipped() throws IOException {
    refusable("{'a':{'dtype':'I64','shape':[2],'data_offsets':[0,8]}}", 8);
    assertRefused("tensor a: data_offsets span 8 bytes, expected 16 of shape [2] and dtype I64");
  }

  @Test
  void refusesAShapeWhoseProductOverflows() throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,0]}}", 0);
    assertRefused("data_offsets span 0 bytes, expected those of shape [4294967296, 4294967296]");
  }

  @Test
  void refusesOverlappingTensors() throws IOException {
    refusable(
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
            + "'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}",
        8);
    assertRefused("tensor b overlaps tensor a: expected it to begin at byte ");
  }

  @Test
  void refusesTwoTensorsInOnePlace() throws IOException {
    refusable(
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
            + "'b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}",
        4);
    assertRefused("tensor b overlaps tensor a");
  }

  @Test
  void refusesAHoleBetweenTensors() throws IOException {
    refusable(
        "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},"
            + "'b':{'dtype':'F32','shape':[1],'data_offsets':[8,12]}}",
        12);
    assertRefused("tensor b leaves a hole after tensor a: expected it to begin at byte ");
  }

  @Test
  void refusesAHoleBeforeTheFirstTensor() throws IOException {
    refusable("{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}", 8);
    assertRefused("tensor a leaves a hole after the header");
  }

  @ParameterizedTest
  @ValueSource(strings = {"I64", "F64", "F8_E4M3", "BOOL", "Q9"})
  void refusesToReadOtherTypesByName(String dtype) throws IOException {
    int bytes = dtype.endsWith("64") ? 8 : 1;
    refusable(
        "{'a':{'dtype':'" + dtype + "','shape':[1],'data_offsets':[0," + bytes + "]}}", bytes);
    assertRefused("tensor a has dtype " + dtype + ", expected F32, BF16 or F16");
    try (SafetensorsFile opened = open()) {
      assertThat(opened.tensors().get("a").dtype()).isEqualTo(dtype);
    }
  }

  @Test
  void refusesToReadBeyondATensor() throws IOException {
    SafetensorsFixture.tensors(file, Map.of("a", new float[] {1, 2}));
    try (SafetensorsFile opened = open()) {
      StoredTensor a = opened.tensors().get("a");
      assertThatThrownBy(() -> opened.read(a, 1, new float[2], 2))
          .isInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("a: no elements 1 to 3");
    }
  }

  @Test
  void noticesAFileThatShrinksWhileItIsRead() throws IOException {
    SafetensorsFixture.tensors(file, Map.of("a", new float[1 << 15]));
    try (SafetensorsFile opened = open()) {
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        open.setLength(1 << 15);
      }
      StoredTensor a = opened.tensors().get("a");
      assertThatThrownBy(() -> opened.read(a, "a", (name, from, values, length) -> {}))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("the file is cut short: found ");
    }
  }

  @Test
  void refusesToWriteANumberThatTheTypeHasNot() {
    Safetensors.Tensor large =
        new Safetensors.Tensor("a", List.of(2), FlatSource.of(new float[] {1, -70000}), 0);
    assertThatThrownBy(
            () ->
                Safetensors.write(
                    Storage.standard(), SafetensorsFixture.hadoop(file), List.of(large), Dtype.F16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "tensor a: found -70000.0, which fp16 would write as infinity; choose fp32 or bf16");
    assertThat(file).doesNotExist();
  }

  @Test
  void refusesToWriteTwoTensorsOfOneName() {
    Safetensors.Tensor one =
        new Safetensors.Tensor("a", List.of(1), FlatSource.of(new float[1]), 0);
    assertThatThrownBy(
            () ->
                Safetensors.write(
                    Storage.standard(), SafetensorsFixture.hadoop(file), List.of(one, one)))
        .hasMessage("two tensors named a");
  }

  private void refusable(String header, int dataBytes) throws IOException {
    SafetensorsFixture.raw(file, header.replace('\'', '"'), new byte[dataBytes]);
  }

  private SafetensorsFile open() throws IOException {
    return SafetensorsFile.open(Storage.standard(), SafetensorsFixture.hadoop(file));
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> SafetensorsFixture.read(file))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("a.safetensors, byte ")
        .hasMessageContaining(message);
  }
}
