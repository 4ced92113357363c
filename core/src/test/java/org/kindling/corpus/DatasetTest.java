package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kindling.corpus.TestDatasets.STORAGE;
import static org.kindling.corpus.TestDatasets.hadoop;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CorruptFileException;

class DatasetTest {
  @TempDir Path directory;
  private Dataset dataset;

  @BeforeEach
  void write() throws IOException {
    dataset = TestDatasets.write(directory, new int[] {1, 2, 3}, new int[] {4, 5});
  }

  @Test
  void holdsWhatWasWritten() throws IOException {
    dataset.verify();
    assertThat(dataset.manifest().tokens()).isEqualTo(5);
    assertThat(dataset.tokenizer().kind()).isEqualTo("byte");
    assertThat(dataset.hash())
        .hasSize(64)
        .isEqualTo(Dataset.open(STORAGE, dataset.directory()).hash());
    int[] tokens = new int[5];
    try (TokenReader reader = dataset.tokens("train")) {
      reader.read(0, tokens, 0, 5);
    }
    assertThat(tokens).containsExactly(1, 2, 3, 4, 5);
    try (TokenReader reader = dataset.tokens("train", 1)) {
      assertThat(reader.tokens()).isEqualTo(2);
      reader.read(0, tokens, 3, 2);
    }
    assertThat(tokens).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void manifestNamesEveryFact() throws IOException {
    String json = Files.readString(directory.resolve("manifest.json"));
    assertThat(json)
        .contains("\"formatVersion\" : 1", "\"kindlingVersion\" : \"0.1.0\"", "\"dtype\" : \"u16\"")
        .contains("\"train-00000-of-00002\"", "\"crc32c\"", "\"textBytes\" : 3")
        .contains("\"hash\" : \"" + dataset.tokenizer().hash() + "\"");
  }

  @Test
  void isNoneWithoutManifest() throws IOException {
    Files.delete(directory.resolve("manifest.json"));
    assertThatThrownBy(() -> Dataset.open(STORAGE, hadoop(directory)))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("has no manifest.json, hence is no dataset");
    assertThat(Dataset.isDataset(STORAGE, hadoop(directory))).isFalse();
    assertThatThrownBy(() -> Dataset.open(STORAGE, hadoop(directory.resolve("none"))))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("no such directory");
  }

  private void assertNotOpened(String from, String to, String message) throws IOException {
    Path file = directory.resolve("manifest.json");
    String json = Files.readString(file);
    assertThat(json).contains(from);
    Files.writeString(file, json.replace(from, to));
    assertThatThrownBy(() -> Dataset.open(STORAGE, hadoop(directory)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContainingAll("manifest.json, byte ", message);
    Files.writeString(file, json);
  }

  @Test
  void refusesManifestsItCannotTrust() throws IOException {
    assertNotOpened("{", "", "is no manifest of a dataset");
    assertNotOpened("\"formatVersion\" : 1", "\"formatVersion\" : 2", "expected format version 1");
    assertNotOpened("kindling-dataset", "kindling-checkpoint", "this is no dataset");
    assertNotOpened("\"u16\"", "\"f32\"", "expected dtype u16 or i32, found f32");
    assertNotOpened("\"u16\"", "\"i32\"", "has 3 tokens in 6 bytes");
    assertNotOpened("\"tokens\" : 5", "\"tokens\" : 6", "sums over shards");
  }

  @Test
  void namesTheSplitsThereAre() {
    assertThatThrownBy(() -> dataset.tokens("test"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has no split test, only train");
  }

  @Test
  void namesMissingAndShortFiles() throws IOException {
    Path bin = directory.resolve("train-00001-of-00002.bin");
    Files.write(bin, new byte[2]);
    assertThatThrownBy(() -> dataset.tokens("train"))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("train-00001-of-00002.bin, byte 2: expected 4 bytes, found 2");
    Files.delete(bin);
    assertThatThrownBy(() -> dataset.tokens("train"))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessageContaining("train-00001-of-00002.bin: no such file");
  }

  @Test
  void verifyNoticesOneFlippedBit() throws IOException {
    for (String name : new String[] {"train-00000-of-00002.bin", "train-00001-of-00002.idx"}) {
      Path file = directory.resolve(name);
      byte[] before = Files.readAllBytes(file);
      byte[] after = before.clone();
      after[0] ^= 2;
      Files.write(file, after);
      assertThatThrownBy(dataset::verify)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContainingAll(name, "expected CRC-32C");
      Files.write(file, before);
    }
    dataset.verify();
  }

  @Test
  void refusesTokensOutsideTheVocabulary() throws IOException {
    Path bin = directory.resolve("train-00000-of-00002.bin");
    byte[] bytes = Files.readAllBytes(bin);
    Arrays.fill(bytes, 2, 4, (byte) 0xee);
    Files.write(bin, bytes);
    try (TokenReader reader = dataset.tokens("train")) {
      assertThatThrownBy(() -> reader.read(0, new int[1], 0, 1))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("train-00000-of-00002.bin, byte 2: expected a token from 0 to 256")
          .hasMessageContaining("found 61166");
    }
  }

  @Test
  void refusesAnotherTokenizer() throws IOException {
    Path file = directory.resolve("tokenizer.json");
    var letters = new org.kindling.tokenizer.CodePoints().add("abc");
    Files.writeString(file, org.kindling.tokenizer.CharacterTokenizer.train(letters).toJson());
    assertThatThrownBy(() -> dataset.tokenizer())
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("expected tokenizer " + dataset.manifest().tokenizer().hash());
  }
}
