package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleReaderTest {
  /** Tokens in a page; shards below are chosen so that samples cross pages and shards. */
  private static final int PAGE = PageCache.PAGE_BYTES / 2;

  @TempDir Path directory;

  private static int[] tokens(int from, int to) {
    return IntStream.range(from, to).map(i -> (int) (i * 2654435761L >>> 7) & 0xff).toArray();
  }

  @Test
  void everySampleIsItsSliceOfTheConcatenatedShards() throws IOException {
    int total = 2 * PAGE + 1000;
    Dataset dataset =
        TestDatasets.write(
            directory,
            tokens(0, PAGE + 77),
            tokens(PAGE + 77, PAGE + 80),
            tokens(PAGE + 80, total));
    int[] all = tokens(0, total);
    int context = 100;
    try (var samples = new SampleReader(dataset.tokens("train"), context, 3)) {
      assertThat(samples.samples()).isEqualTo((total - 1) / context);
      SampleOrder order = new SampleOrder(samples.samples(), 3);
      int[] inputs = new int[2 * context];
      int[] targets = new int[2 * context];
      for (long consumed = 0; consumed < samples.samples(); consumed++) {
        samples.read(consumed, inputs, targets, 1);
        int from = (int) order.sample(consumed) * context;
        assertRow(inputs, Arrays.copyOfRange(all, from, from + context));
        assertRow(targets, Arrays.copyOfRange(all, from + 1, from + context + 1));
      }
    }
  }

  private static void assertRow(int[] rows, int[] expected) {
    assertThat(Arrays.copyOf(rows, expected.length)).containsOnly(0);
    assertThat(Arrays.equals(rows, expected.length, rows.length, expected, 0, expected.length))
        .isTrue();
  }

  @Test
  void readsTheSameThroughACacheOfOnePage() throws IOException {
    int total = 3 * PAGE + 5;
    Dataset dataset = TestDatasets.write(directory, tokens(0, PAGE / 2), tokens(PAGE / 2, total));
    int[] all = tokens(0, total);
    PageCache small = new PageCache(1);
    var parts =
        dataset.split("train").shards().stream()
            .map(
                s ->
                    new PagedTokenReader.Part(
                        new org.apache.hadoop.fs.Path(dataset.directory(), s.name() + ".bin"),
                        s.bin()))
            .toList();
    Random random = new Random(1);
    try (var reader =
        new PagedTokenReader(TestDatasets.STORAGE, "t", parts, TokenType.U16, 257, small)) {
      for (int i = 0; i < 50; i++) {
        int from = random.nextInt(total);
        int length = random.nextInt(total - from);
        int[] read = new int[length];
        reader.read(from, read, 0, length);
        assertThat(Arrays.equals(all, from, from + length, read, 0, length)).isTrue();
        assertThat(small.heldBytes()).isLessThanOrEqualTo(PageCache.PAGE_BYTES);
      }
      assertThatThrownBy(() -> reader.read(total - 1, new int[2], 0, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has " + total + " tokens, asked for 2 from " + (total - 1));
    }
  }

  @Test
  void oneSampleNeedsOneTokenMoreThanItsContext() throws IOException {
    Dataset dataset = TestDatasets.write(directory, tokens(0, 40));
    assertThatThrownBy(() -> new SampleReader(dataset.tokens("train"), 64, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("split train of ")
        .hasMessageContaining("has 40 tokens, one sample of context 64 needs 65");
    try (var samples = new SampleReader(dataset.tokens("train"), 39, 1)) {
      assertThat(samples.samples()).isEqualTo(1);
    }
    assertThatThrownBy(() -> new SampleReader(dataset.tokens("train"), 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("context must be at least 1");
  }
}
