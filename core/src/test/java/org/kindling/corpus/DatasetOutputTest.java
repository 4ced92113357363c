package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kindling.corpus.TestDatasets.STORAGE;
import static org.kindling.corpus.TestDatasets.hadoop;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.LeaseHeldException;
import org.kindling.tokenizer.SpecialTokens;
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

  private static DatasetJob job(String setting) {
    InputFile file = new InputFile("file:/corpus/a.txt", 0, 9, 9, 1);
    return new DatasetJob(new TreeMap<>(Map.of("--split", setting)), List.of(file));
  }

  private DatasetOutput open(OutputMode mode) throws IOException {
    return DatasetOutput.open(STORAGE, hadoop(target), job("hash"), mode);
  }

  private void write(DatasetOutput output, int group, String document) throws IOException {
    SplitRule rule = new HashSplit(0.25);
    String name = "g" + group + "-" + UUID.randomUUID();
    try (var writer =
        new ShardWriter(STORAGE, output.parts(), name, tokenizer, SpecialTokens.REFUSE, rule)) {
      writer.add(document.getBytes(StandardCharsets.UTF_8));
      writer.add("".getBytes(StandardCharsets.UTF_8));
      output.finish(LedgerEntry.of(group, List.of(), writer.commit(), 1));
    }
  }

  private Dataset fill(DatasetOutput output, String... documents) throws IOException {
    for (int i = 0; i < documents.length; i++) {
      write(output, i, documents[i]);
    }
    return output.publish(tokenizer, OPTIONS);
  }

  private Dataset make(String... documents) throws IOException {
    try (DatasetOutput output = open(OutputMode.CREATE)) {
      return fill(output, documents);
    }
  }

  @Test
  void numbersTheShardsThatHaveDocuments() throws IOException {
    Dataset dataset = make("a", "b", "aa");
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
  void isInvisibleUntilPublishedAndLeavesNothingIfNothingIsFinished() throws IOException {
    try (DatasetOutput output = open(OutputMode.CREATE)) {
      assertThat(target).doesNotExist();
      try (var writer =
          new ShardWriter(
              STORAGE, output.parts(), "p", tokenizer, SpecialTokens.REFUSE, new HashSplit(0))) {
        writer.add("lost".getBytes(StandardCharsets.UTF_8));
        writer.commit();
      }
    }
    assertThat(parent).isEmptyDirectory();
  }

  @Test
  void goesOnWhereItStopped() throws IOException {
    try (DatasetOutput output = open(OutputMode.CREATE)) {
      write(output, 0, "a");
      write(output, 2, "aa");
      assertThat(output.isResumable()).isTrue();
    }
    assertThat(parent.toFile().list()).containsExactly("dataset.unfinished");
    assertThatThrownBy(() -> open(OutputMode.CREATE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds unfinished work of this job (2 finished parts)")
        .hasMessageContaining("--resume");
    assertThatThrownBy(
            () -> DatasetOutput.open(STORAGE, hadoop(target), job("tail"), OutputMode.RESUME))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--split was hash and is now tail")
        .hasMessageContaining("--overwrite");
    try (DatasetOutput output = open(OutputMode.RESUME)) {
      assertThat(output.finished()).extracting(LedgerEntry::group).containsExactly(0, 2);
      for (LedgerEntry entry : output.finished()) {
        assertThat(entry.damage(STORAGE, output.parts())).isEmpty();
      }
      write(output, 1, "b");
      output.publish(tokenizer, OPTIONS).verify();
    }
    assertThat(parent.toFile().list()).containsExactly("dataset");
    Map<String, byte[]> resumed = files();
    try (DatasetOutput output = open(OutputMode.OVERWRITE)) {
      fill(output, "a", "b", "aa");
    }
    assertThat(files()).usingRecursiveComparison().isEqualTo(resumed);
  }

  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : target.toFile().list()) {
      files.put(name, Files.readAllBytes(target.resolve(name)));
    }
    return files;
  }

  @Test
  void damagedEntriesAreNamedAndCountAsUnfinished() throws IOException {
    try (DatasetOutput output = open(OutputMode.CREATE)) {
      write(output, 0, "a");
      write(output, 1, "b");
    }
    Path entry = parent.resolve("dataset.unfinished/ledger/group-00001.json");
    Files.writeString(entry, Files.readString(entry).replace("\"documents\":1", "\"documents\":2"));
    try (DatasetOutput output = open(OutputMode.RESUME)) {
      assertThat(output.finished()).extracting(LedgerEntry::group).containsExactly(0);
      assertThat(output.damagedEntries())
          .singleElement()
          .asString()
          .contains("group-00001.json, byte 0: expected a line of JSON and its SHA-256");
      assertThat(output.parts().toString()).endsWith("dataset.unfinished/parts");
      assertThat(STORAGE.names(output.parts())).as("the parts of group 1 are gone").hasSize(2);
    }
  }

  @Test
  void damagedPartsAreFound() throws IOException {
    try (DatasetOutput output = open(OutputMode.CREATE)) {
      write(output, 0, "abc");
      LedgerEntry entry = output.finished().iterator().next();
      String name = entry.shards().values().iterator().next().name();
      Path bin = parent.resolve("dataset.unfinished/parts/" + name + ".bin");
      byte[] tokens = Files.readAllBytes(bin);
      tokens[2] ^= 1;
      Files.write(bin, tokens);
      assertThat(entry.damage(STORAGE, output.parts()).orElseThrow()).contains("CRC-32C");
      Files.write(bin, new byte[3]);
      assertThat(entry.damage(STORAGE, output.parts()).orElseThrow()).contains("8 bytes, found 3");
      Files.delete(bin);
      assertThat(entry.damage(STORAGE, output.parts()).orElseThrow()).contains("is gone");
    }
  }

  @Test
  void saysWhichInputFileHasChanged() {
    InputFile a = new InputFile("a", 0, 1, 1, 1);
    InputFile b = new InputFile("b", 0, 1, 1, 1);
    DatasetJob job = new DatasetJob(new TreeMap<>(Map.of("--on-malformed", "fail")), List.of(a));
    TreeMap<String, String> skip = new TreeMap<>(Map.of("--on-malformed", "skip"));
    assertThat(job.differenceTo(new DatasetJob(skip, List.of(a)))).isEmpty();
    assertThat(new DatasetJob(skip, List.of(a)).differenceTo(job))
        .hasValue("--on-malformed was skip and is now fail");
    assertThat(job.differenceTo(new DatasetJob(skip, List.of(a, b))))
        .hasValue("the input file b is new");
    assertThat(job.differenceTo(new DatasetJob(skip, List.of())))
        .hasValue("the input file a is gone");
    InputFile later = new InputFile("a", 0, 1, 1, 2);
    assertThat(job.differenceTo(new DatasetJob(skip, List.of(later))))
        .hasValue("the input file a has changed");
  }

  @Test
  void isWrittenByOneJobAtATime() throws IOException {
    try (DatasetOutput first = open(OutputMode.CREATE)) {
      write(first, 0, "a");
      for (OutputMode mode : new OutputMode[] {OutputMode.RESUME, OutputMode.OVERWRITE}) {
        assertThatThrownBy(() -> open(mode))
            .isInstanceOf(LeaseHeldException.class)
            .hasMessageContaining("dataset.unfinished: is in use by another driver (host ")
            .hasMessageContaining("process " + ProcessHandle.current().pid());
      }
      write(first, 1, "b");
      first.publish(tokenizer, OPTIONS).verify();
    }
    assertThat(parent.toFile().list()).containsExactly("dataset");
  }

  @Test
  void tasksThatOutliveTheJobBringNothingBack() throws IOException {
    ShardWriter late;
    try (DatasetOutput output = open(OutputMode.CREATE)) {
      late =
          new ShardWriter(
              STORAGE, output.parts(), "late", tokenizer, SpecialTokens.REFUSE, new HashSplit(0));
      fill(output, "a");
    }
    assertThatThrownBy(() -> late.add("late".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
    late.close();
    assertThat(parent.toFile().list()).containsExactly("dataset");
  }

  @Test
  void replacesADatasetOnlyWhenAsked() throws IOException {
    make("a");
    assertThatThrownBy(() -> make("b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds a dataset already")
        .hasMessageContaining("--overwrite");
    try (DatasetOutput output = open(OutputMode.OVERWRITE)) {
      assertThat(fill(output, "b").manifest().splits()).containsOnlyKeys("validation");
    }
    assertThat(parent.toFile().list()).containsExactly("dataset");
    assertThat(target.toFile().list()).hasSize(4);
  }

  @Test
  void neverDeletesWhatIsNotPartOfADataset() throws IOException {
    make("a");
    Files.writeString(target.resolve(".notes"), "mine");
    assertThatThrownBy(() -> open(OutputMode.OVERWRITE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no part of a dataset (first: .notes)");
    Path other = Files.createDirectory(parent.resolve("other"));
    Files.writeString(other.resolve("thesis.txt"), "mine");
    assertThatThrownBy(
            () -> DatasetOutput.open(STORAGE, hadoop(other), job("hash"), OutputMode.OVERWRITE))
        .hasMessageContaining("first: thesis.txt");
    assertThatThrownBy(
            () ->
                DatasetOutput.open(
                    STORAGE, hadoop(other.resolve("thesis.txt")), job("hash"), OutputMode.CREATE))
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
