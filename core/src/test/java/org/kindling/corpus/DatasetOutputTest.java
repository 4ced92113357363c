package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kindling.corpus.TestDatasets.STORAGE;
import static org.kindling.corpus.TestDatasets.hadoop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

class DatasetOutputTest {
  private static final DatasetManifest.Options OPTIONS =
      new DatasetManifest.Options("hash", 0.5, "fail");

  @TempDir Path parent;
  private Path target;
  private Tokenizer tokenizer;

  @BeforeEach
  void setUp() throws IOException {
    target = parent.resolve("dataset");
    tokenizer = Tokenizers.load(STORAGE, "byte");
  }

  private Dataset fill(DatasetOutput output, String... documents) throws IOException {
    List<Map<Split, DatasetManifest.Shard>> written = new ArrayList<>();
    for (int i = 0; i < documents.length; i++) {
      SplitRule rule = new HashSplit(0.25);
      try (var writer = new ShardWriter(STORAGE, output.parts(), "p" + i, tokenizer, rule)) {
        writer.add(documents[i]);
        writer.add("");
        written.add(writer.commit());
      }
    }
    return output.publish(tokenizer, OPTIONS, 3, written);
  }

  private Dataset make(String... documents) throws IOException {
    try (DatasetOutput output = DatasetOutput.create(STORAGE, hadoop(target))) {
      return fill(output, documents);
    }
  }

  @Test
  void numbersTheShardsThatHaveDocuments() throws IOException {
    Dataset dataset = make("a", "b", "aa", "");
    assertThat(target.toFile().list())
        .containsExactlyInAnyOrder(
            "manifest.json",
            "tokenizer.json",
            "train-00000-of-00002.bin",
            "train-00000-of-00002.idx",
            "train-00001-of-00002.bin",
            "train-00001-of-00002.idx",
            "validation-00000-of-00001.bin",
            "validation-00000-of-00001.idx");
    dataset.verify();
    assertThat(dataset.manifest().skippedDocuments()).isEqualTo(3);
    assertThat(dataset.split("train").textBytes()).isEqualTo(3);
    int[] tokens = new int[5];
    try (TokenReader reader = dataset.tokens("train")) {
      reader.read(0, tokens, 0, 5);
    }
    int end = tokenizer.endOfText().getAsInt();
    assertThat(tokens).containsExactly('a', end, 'a', 'a', end);
  }

  @Test
  void isInvisibleUntilPublished() throws IOException {
    try (DatasetOutput output = DatasetOutput.create(STORAGE, hadoop(target))) {
      assertThat(target).doesNotExist();
      assertThat(STORAGE.list(hadoop(parent))).isEmpty();
      try (var writer =
          new ShardWriter(STORAGE, output.parts(), "p", tokenizer, new HashSplit(0))) {
        writer.add("lost");
        writer.commit();
      }
    }
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void replacesADatasetOnlyWhenAsked() throws IOException {
    make("a");
    assertThatThrownBy(() -> make("b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds a dataset already")
        .hasMessageContaining("--overwrite");
    try (DatasetOutput output = DatasetOutput.replace(STORAGE, hadoop(target))) {
      assertThat(fill(output, "b").manifest().splits()).containsOnlyKeys("validation");
    }
    assertThat(parent.toFile().list()).containsExactly("dataset");
    assertThat(target.toFile().list()).hasSize(4);
  }

  @Test
  void neverDeletesWhatIsNotPartOfADataset() throws IOException {
    make("a");
    Files.writeString(target.resolve(".notes"), "mine");
    assertThatThrownBy(() -> DatasetOutput.replace(STORAGE, hadoop(target)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no part of a dataset (first: .notes)");
    Path other = Files.createDirectory(parent.resolve("other"));
    Files.writeString(other.resolve("thesis.txt"), "mine");
    assertThatThrownBy(() -> DatasetOutput.replace(STORAGE, hadoop(other)))
        .hasMessageContaining("first: thesis.txt");
    assertThatThrownBy(() -> DatasetOutput.create(STORAGE, hadoop(other.resolve("thesis.txt"))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is a file, expected a directory");
    assertThat(parent.toFile().list()).containsExactlyInAnyOrder("dataset", "other");
  }

  @Test
  void fillsAnEmptyDirectory() throws IOException {
    Files.createDirectory(target);
    make("a").verify();
    assertThat(parent.toFile().list()).containsExactly("dataset");
  }
}
