package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Heads;
import org.kindling.kernels.KernelPairs;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Sequences;

/**
 * Attention in every precision against the oracle, by norms. Head widths are those of flash kernels
 * and others, lengths those of whole tiles and others.
 */
class TorchAttentionPrecisionTest {
  /** Columns beside those of the heads, which nobody may touch. */
  private static final int MARGIN = 5;

  private static final int SLOTS = 4;
  private static final int CAPACITY = 96;

  @ParameterizedTest
  @CsvSource({
    // All before, a key head for each query head.
    "2, 67, 3, 3, 16, 0,",
    "1, 1, 2, 2, 8, 0,",
    "3, 2, 1, 1, 1, 0,",
    "2, 128, 2, 2, 64, 0,",
    "1, 257, 2, 2, 32, 0,",
    "2, 33, 1, 1, 128, 0,",
    // Groups of query heads.
    "2, 67, 6, 2, 16, 0,",
    "1, 128, 4, 1, 64, 0,",
    "2, 65, 3, 1, 20, 0,",
    "1, 9, 8, 4, 7, 0,",
    // Windows of one key, of some, of a tile and beyond the sequence.
    "2, 67, 2, 2, 16, 1,",
    "1, 67, 4, 2, 16, 7,",
    "2, 130, 2, 1, 32, 64,",
    "2, 70, 2, 2, 20, 300,",
    // Documents, some of one token.
    "2, 130, 4, 2, 16, 0, 64 128",
    "2, 67, 2, 2, 20, 0, 1 2 3 63 64 65",
    "3, 67, 3, 1, 8, 0, 5 21 66",
    "2, 64, 2, 2, 64, 0, 32",
    // Windows over documents.
    "2, 130, 4, 2, 16, 7, 5 64 100",
    "1, 200, 2, 1, 32, 70, 90 150",
  })
  void attendsAndGoesBack(
      int count, int length, int heads, int kvHeads, int width, int window, String documents) {
    Heads shape = new Heads(heads, kvHeads, width, window);
    Sequences sequences = KernelPairs.documents(count, length, documents);
    assertThat(sequences.haveDocuments()).isEqualTo(documents != null);
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        compare(pairs, sequences, shape, precision);
      }
    }
  }

  /** Queries, keys and values in one matrix, as one projection leaves them. */
  private record Fused(Heads heads, KernelPairs.Pair matrix) {
    static Fused of(KernelPairs pairs, Heads heads, int rows) {
      return new Fused(heads, pairs.numbers((long) rows * stride(heads)));
    }

    private static int stride(Heads heads) {
      return heads.queryWidth() + 2 * heads.keyWidth() + MARGIN;
    }

    Kernels.AttentionInputs of(KernelPairs.Side side) {
      int keys = 1 + heads.queryWidth();
      return new Kernels.AttentionInputs(
          side.columns(matrix, 1, stride(heads)),
          side.columns(matrix, keys, stride(heads)),
          side.columns(matrix, keys + heads.keyWidth(), stride(heads)));
    }
  }

  private static KernelPairs.Pair saved(KernelPairs pairs, Sequences sequences, Heads heads) {
    return pairs.garbage(
        pairs.fast.attentionMemory(sequences, heads),
        pairs.plain.attentionMemory(sequences, heads));
  }

  private static void compare(
      KernelPairs pairs, Sequences sequences, Heads heads, TestedPrecision precision) {
    Fused in = Fused.of(pairs, heads, sequences.rows());
    Fused d = Fused.of(pairs, heads, sequences.rows());
    KernelPairs.Pair out = pairs.garbage((long) sequences.rows() * heads.queryWidth());
    KernelPairs.Pair dOut = pairs.numbers((long) sequences.rows() * heads.queryWidth());
    KernelPairs.Pair saved = saved(pairs, sequences, heads);
    pairs.both(
        side -> {
          Kernels.AttentionInputs inputs = in.of(side);
          side.kernels().attention(sequences, heads, inputs, side.of(saved), side.of(out));
          Kernels.AttentionPass pass = new Kernels.AttentionPass(inputs, side.of(saved));
          side.kernels().attentionBackward(sequences, heads, pass, side.of(dOut), d.of(side));
        });
    out.near(precision + ": out", precision.tolerance());
    in.matrix().near(precision + ": inputs", TestedPrecision.FP64.tolerance());
    d.matrix().near(precision + ": gradients", precision.tolerance());
  }

  /** As generation does: each head's keys lie together, and only some positions are new. */
  @ParameterizedTest
  @CsvSource({
    "1, 3, 3, 16, 0",
    "1, 4, 1, 64, 7",
    "5, 4, 2, 20, 0",
    "33, 2, 1, 16, 16",
    "64, 2, 2, 32, 0"
  })
  void goesOnFromCachesByHead(int computed, int heads, int kvHeads, int width, int window) {
    Heads shape = new Heads(heads, kvHeads, width, window);
    int[] first = {CAPACITY - computed, 0, 31};
    Sequences sequences = Sequences.continued(first, new int[] {2, 0, 3}, computed, CAPACITY);
    long ofHead = (long) SLOTS * CAPACITY * width;
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.Pair queries = pairs.numbers((long) sequences.rows() * shape.queryWidth());
        KernelPairs.Pair keys = pairs.numbers(kvHeads * ofHead);
        KernelPairs.Pair values = pairs.numbers(kvHeads * ofHead);
        KernelPairs.Pair out = pairs.garbage((long) sequences.rows() * shape.queryWidth());
        KernelPairs.Pair saved = saved(pairs, sequences, shape);
        pairs.both(
            side -> {
              Kernels.AttentionInputs in =
                  new Kernels.AttentionInputs(
                      side.columns(queries, 0, shape.queryWidth()),
                      new Columns(side.of(keys), 0, width, ofHead),
                      new Columns(side.of(values), 0, width, ofHead));
              side.kernels().attention(sequences, shape, in, side.of(saved), side.of(out));
            });
        out.near(precision + ": out", precision.tolerance());
      }
    }
  }

  /** Scores of some hundreds: in float32, softmax that does not subtract the largest overflows. */
  @ParameterizedTest
  @CsvSource({"70, 2, 1, 16, 0,", "70, 2, 2, 64, 9, 20 40"})
  void largeScoresStayFinite(
      int length, int heads, int kvHeads, int width, int window, String documents) {
    Heads shape = new Heads(heads, kvHeads, width, window);
    Sequences sequences = KernelPairs.documents(1, length, documents);
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.Pair queries = pairs.numbers((long) length * shape.queryWidth(), 10);
        KernelPairs.Pair keys = pairs.numbers((long) length * shape.keyWidth(), 5);
        KernelPairs.Pair values = pairs.numbers((long) length * shape.keyWidth());
        KernelPairs.Pair out = pairs.garbage((long) length * shape.queryWidth());
        KernelPairs.Pair saved = saved(pairs, sequences, shape);
        pairs.both(
            side -> {
              Kernels.AttentionInputs in =
                  new Kernels.AttentionInputs(
                      side.columns(queries, 0, shape.queryWidth()),
                      side.columns(keys, 0, shape.keyWidth()),
                      side.columns(values, 0, shape.keyWidth()));
              side.kernels().attention(sequences, shape, in, side.of(saved), side.of(out));
            });
        for (float value : KernelPairs.values(out.fast())) {
          assertThat(value).as(precision.name()).isFinite();
        }
        // Which key wins is decided by the rounding of scores, so bf16 is not compared.
        if (precision != TestedPrecision.BF16) {
          out.near(precision + ": out", 1e-4);
        }
      }
    }
  }
}
