package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.kindling.corpus.TestDatasets.STORAGE;
import static org.kindling.corpus.TestDatasets.hadoop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.tokenizer.Tokenizers;

class ShardScanTest {
  private static final String NAME = "train-00000-of-00001";

  @TempDir Path directory;

  private Dataset write(int[]... documents) throws IOException {
    return SmallDataset.write(
        STORAGE,
        hadoop(directory.resolve("data")),
        Tokenizers.named("byte").orElseThrow(),
        Map.of(Split.TRAIN, List.of(documents)));
  }

  private ShardScan scan(Dataset dataset) throws IOException {
    return ShardScan.of(STORAGE, dataset, "train", 0);
  }

  @Test
  void countsTokensAndDocumentsAcrossBuffers() throws IOException {
    int[] large = new int[200_000];
    Arrays.fill(large, 7);
    ShardScan scan = scan(write(new int[] {1, 2, 2, 256}, large, new int[] {2}));
    assertThat(scan.problem()).isEmpty();
    assertThat(scan.tokens().total()).isEqualTo(200_005);
    assertThat(scan.tokens().used()).isEqualTo(4);
    assertThat(scan.tokens().top(2))
        .containsExactly(new TokenCounts.Entry(7, 200_000), new TokenCounts.Entry(2, 3));
    assertThat(scan.tokens().top(9))
        .endsWith(new TokenCounts.Entry(1, 1), new TokenCounts.Entry(256, 1));
    assertThat(scan.lengths().documents()).isEqualTo(3);
    assertThat(scan.lengths().percentile(50)).isEqualTo(4);
    assertThat(scan.lengths().longest()).isEqualTo(200_000);
  }

  @Test
  void entropyOfFourEqualTokensIsTwoBits() throws IOException {
    TokenCounts counts = scan(write(new int[] {1, 2, 3, 4})).tokens();
    assertThat(counts.entropyBits()).isEqualTo(2);
    assertThat(new TokenCounts(5).entropyBits()).isZero();
  }

  @Test
  void namesWhatIsWrong() throws IOException {
    Dataset dataset = write(new int[] {1, 2, 3}, new int[] {4, 5});
    Path bin = directory.resolve("data/" + NAME + ".bin");
    Path idx = directory.resolve("data/" + NAME + ".idx");
    for (Path file : List.of(bin, idx)) {
      byte[] before = Files.readAllBytes(file);
      byte[] after = before.clone();
      after[before.length - 1] ^= 1;
      Files.write(file, after);
      assertThat(scan(dataset).problem())
          .contains(file.getFileName() + ", byte 0: expected CRC-32C");
      assertThat(scan(dataset).tokens()).isNull();
      Files.write(file, Arrays.copyOf(before, before.length - 2));
      assertThat(scan(dataset).problem())
          .contains(file.getFileName() + ", byte " + (before.length - 2) + ": expected ");
      Files.delete(file);
      assertThat(scan(dataset).problem()).contains(file.getFileName() + ": no such file");
      Files.write(file, before);
      assertThat(scan(dataset).problem()).isEmpty();
    }
  }

  @Test
  void readsLengthsAndBeginningsOfDocuments() throws IOException {
    write(new int[] {1, 2, 3}, new int[] {4, 5});
    IndexedTokens tokens = IndexedTokens.open(STORAGE, hadoop(directory.resolve("data")), NAME);
    List<Long> lengths = new ArrayList<>();
    tokens.forEachDocument(lengths::add);
    assertThat(lengths).containsExactly(3L, 2L);
    assertThat(tokens.documentTokens(1)).isEqualTo(2);
    assertThat(tokens.document(0, 2)).containsExactly(1, 2);
    assertThat(tokens.document(0, 9)).containsExactly(1, 2, 3);
  }
}
