package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.kindling.corpus.TestDatasets.STORAGE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.storage.CorruptFileException;

/** Documents kept apart, against a list of where they begin. */
class DocumentStartsTest {
  private static final int CONTEXT = 8;

  @TempDir Path directory;

  /** Shards of documents of 1 to {@code longest} tokens. */
  private static int[][][] shards(long seed, int longest, int... documents) {
    Random random = new Random(seed);
    return Arrays.stream(documents)
        .mapToObj(
            count ->
                IntStream.range(0, count)
                    .mapToObj(d -> random.ints(1 + random.nextInt(longest), 0, 256).toArray())
                    .toArray(int[][]::new))
        .toArray(int[][][]::new);
  }

  /** [tokens] whether each token of all shards begins a document. */
  private static boolean[] begins(int[][][] shards) {
    int tokens = Arrays.stream(shards).flatMap(Arrays::stream).mapToInt(d -> d.length).sum();
    boolean[] begins = new boolean[tokens];
    int at = 0;
    for (int[][] shard : shards) {
      for (int[] document : shard) {
        begins[at] = true;
        at += document.length;
      }
    }
    return begins;
  }

  @Test
  void samplesSayWhereDocumentsBegin() throws IOException {
    int[][][] shards = shards(1, 12, 40, 1, 25);
    boolean[] begins = begins(shards);
    Dataset dataset = TestDatasets.writeDocuments(directory, shards);
    try (SampleReader samples =
        new SampleReader(dataset.tokens("train", DocumentMode.SEPARATE), CONTEXT, 5)) {
      SampleOrder order = new SampleOrder(samples.samples(), 5);
      float[] weights = new float[2 * CONTEXT];
      int[] starts = new int[2 * CONTEXT];
      for (long k = 0; k < 2 * samples.samples(); k++) {
        samples.readMask(k, weights, starts, 1);
        int from = (int) order.sample(k) * CONTEXT;
        int start = 0;
        double sum = 0;
        for (int t = 0; t < CONTEXT; t++) {
          start = t > 0 && begins[from + t] ? t : start;
          assertThat(starts[CONTEXT + t]).isEqualTo(start);
          assertThat(weights[CONTEXT + t]).isEqualTo(begins[from + t + 1] ? 0 : 1);
          sum += weights[CONTEXT + t];
        }
        assertThat(samples.weight(k)).isEqualTo(sum);
      }
      assertThat(Arrays.copyOf(weights, CONTEXT)).as("the other row").containsOnly(0);
    }
  }

  @Test
  void joinedDocumentsAreOneText() throws IOException {
    Dataset dataset = TestDatasets.writeDocuments(directory, shards(1, 3, 40));
    try (SampleReader samples = new SampleReader(dataset.tokens("train"), CONTEXT, 5)) {
      float[] weights = new float[CONTEXT];
      int[] starts = new int[CONTEXT];
      Arrays.fill(starts, 7);
      samples.readMask(3, weights, starts, 0);
      assertThat(weights).containsOnly(1);
      assertThat(starts).containsOnly(0);
      assertThat(samples.weight(3)).isEqualTo(CONTEXT);
    }
  }

  /**
   * So many documents that the index has several pages, and numbers that cross from one to next.
   */
  @Test
  void findsStartsInAnIndexOfManyPagesThroughACacheOfOne() throws IOException {
    int[][][] shards = shards(2, 3, 60_000);
    boolean[] begins = begins(shards);
    Dataset dataset = TestDatasets.writeDocuments(directory, shards);
    List<DatasetManifest.Shard> entries = dataset.split("train").shards();
    assertThat(entries.get(0).idx().sizeBytes()).isGreaterThan(3 * PageCache.PAGE_BYTES);
    Random random = new Random(3);
    int[] places = new int[300];
    try (DocumentStarts starts =
        new DocumentStarts(STORAGE, dataset.directory(), entries, new PageCache(1))) {
      for (int i = 0; i < 300; i++) {
        int from = random.nextInt(begins.length);
        int to = Math.min(begins.length, from + random.nextInt(300));
        int[] expected =
            IntStream.range(from, to).filter(t -> begins[t]).map(t -> t - from).toArray();
        int count = starts.between(from, to, places);
        assertThat(Arrays.copyOf(places, count)).isEqualTo(expected);
      }
    }
  }

  /** Megatron-LM's files may have documents of several sequences, and empty ones. */
  @Test
  void emptyDocumentsAreNoDocumentsAndSequencesAreNoStarts() throws IOException {
    Dataset dataset =
        TestDatasets.writeDocuments(
            directory, new int[][][] {{{1, 2}, {3}, {4, 5, 6}, {7}, {8, 9}}});
    Path idx = directory.resolve("train-00000-of-00001.idx");
    ByteBuffer index = ByteBuffer.wrap(Files.readAllBytes(idx)).order(ByteOrder.LITTLE_ENDIAN);
    IndexLayout layout = new IndexLayout(5, 6);
    long[] first = {0, 2, 2, 4, 4, 5};
    for (int d = 0; d < first.length; d++) {
      index.putLong((int) layout.documentAt(d), first[d]);
    }
    Files.write(idx, index.array());
    try (TokenReader tokens = dataset.tokens("train", DocumentMode.SEPARATE)) {
      int[] places = new int[9];
      int count = tokens.documentStarts(0, 9, places);
      assertThat(Arrays.copyOf(places, count)).containsExactly(0, 3, 7);
    }
  }

  /** Each in a dataset of its own: pages of one are cached. */
  private void assertDamageIsFound(long at, long value, String message) throws IOException {
    Path damaged = directory.resolve("damaged-" + at);
    Dataset dataset =
        TestDatasets.writeDocuments(damaged, new int[][][] {{{1, 2}, {3}, {4, 5, 6}}});
    Path idx = damaged.resolve("train-00000-of-00001.idx");
    ByteBuffer index = ByteBuffer.wrap(Files.readAllBytes(idx)).order(ByteOrder.LITTLE_ENDIAN);
    index.putLong((int) at, value);
    Files.write(idx, index.array());
    assertRefused(dataset, message);
  }

  private void assertRefused(Dataset dataset, String message) throws IOException {
    try (TokenReader tokens = dataset.tokens("train", DocumentMode.SEPARATE)) {
      int all = (int) tokens.tokens();
      assertThatThrownBy(() -> tokens.documentStarts(0, all, new int[all]))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(".idx")
          .hasMessageContaining(message);
    }
  }

  @Test
  void refusesAnIndexThatContradictsItself() throws IOException {
    IndexLayout layout = new IndexLayout(3, 4);
    assertDamageIsFound(layout.documentAt(0), 1, "the first document at token 0, found it at 2");
    assertDamageIsFound(layout.documentAt(1), 7, "document 1 starts at sequence 7 of 3");
    assertDamageIsFound(layout.offsetAt(1), 5, "an offset of a token below 12 bytes, found 5");
  }

  @Test
  void refusesAnIndexWithOtherDocumentsThanTheManifest() throws IOException {
    TestDatasets.writeDocuments(directory, new int[][][] {{{1, 2}, {3}, {4, 5, 6}}});
    Path manifest = directory.resolve("manifest.json");
    String text = Files.readString(manifest);
    Files.writeString(manifest, text.replaceAll("\"documents\" ?: ?3", "\"documents\" : 2"));
    Dataset dataset = Dataset.open(STORAGE, TestDatasets.hadoop(directory));
    assertRefused(dataset, "expected 2 documents by the manifest, found 3");
  }

  @Test
  void mixturesMaskTheSampleThatTheyRead() throws IOException {
    Path words = directory.resolve("words");
    Path book = directory.resolve("book");
    TestDatasets.writeDocuments(words, shards(4, 2, 200));
    TestDatasets.writeDocuments(book, new int[][][] {{IntStream.range(0, 200).toArray()}});
    List<DataSource> sources =
        List.of(new DataSource(words.toString(), 1.0), new DataSource(book.toString(), 1.0));
    Mixture mixture = Mixture.open(STORAGE, new DataSettings(DocumentMode.SEPARATE, sources));
    MixtureOrder order = new MixtureOrder(sources, 9);
    try (MixedSamples samples = mixture.samplesInOrder(CONTEXT, 9)) {
      float[] weights = new float[CONTEXT];
      int[] starts = new int[CONTEXT];
      for (long k = 0; k < 30; k++) {
        samples.readMask(k, weights, starts, 0);
        double sum = 0;
        for (float weight : weights) {
          sum += weight;
        }
        assertThat(samples.weight(k)).isEqualTo(sum);
        assertThat(sum == CONTEXT).as("of the book").isEqualTo(order.source(k) == 1);
      }
    }
  }
}
