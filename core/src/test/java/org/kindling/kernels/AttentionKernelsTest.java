package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention against the oracle; tiles are of 64 queries, registers of 8 or 16 elements. */
class AttentionKernelsTest {
  /** Columns beside those of the heads, which nobody may touch. */
  private static final int MARGIN = 3;

  /** Queries and keys in one matrix, values in another, as after a norm of queries and keys. */
  private static final class Inputs {
    private final Heads heads;
    private final KernelPairs.Pair queriesAndKeys;
    private final KernelPairs.Pair values;

    Inputs(KernelPairs pairs, Heads heads, int rows) {
      this.heads = heads;
      queriesAndKeys = pairs.numbers((long) rows * stride());
      values = pairs.numbers((long) rows * valueStride());
    }

    private int stride() {
      return heads.queryWidth() + heads.keyWidth() + 2 * MARGIN;
    }

    private int valueStride() {
      return heads.keyWidth() + MARGIN;
    }

    Kernels.AttentionInputs of(KernelPairs.Side side) {
      return new Kernels.AttentionInputs(
          side.columns(queriesAndKeys, MARGIN, stride()),
          side.columns(queriesAndKeys, MARGIN + heads.queryWidth(), stride()),
          side.columns(values, 1, valueStride()));
    }

    void same(String what, double tolerance) {
      queriesAndKeys.same(what + " of queries and keys", tolerance);
      values.same(what + " of values", tolerance);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Everything before, every query head with a key head.
    "2, 67, 3, 3, 16, 0,",
    "1, 1, 2, 2, 3, 0,",
    "3, 5, 5, 5, 4, 0,",
    "1, 200, 1, 1, 7, 0,",
    "2, 128, 2, 2, 8, 0,",
    // Groups of query heads.
    "2, 67, 6, 2, 6, 0,",
    "1, 130, 4, 1, 20, 0,",
    "2, 3, 3, 1, 2, 0,",
    // Windows within a register, a tile, over tiles, beyond the sequence.
    "2, 67, 2, 2, 6, 1,",
    "1, 67, 4, 2, 2, 7,",
    "2, 200, 2, 1, 6, 64,",
    "2, 200, 3, 3, 20, 65,",
    "1, 200, 2, 1, 6, 70,",
    "2, 70, 2, 2, 6, 300,",
    // Documents at the borders of tiles and within registers.
    "2, 200, 4, 2, 6, 0, 64 128",
    "2, 200, 2, 2, 20, 0, 1 2 3 63 64 65 127 130 199",
    "3, 67, 3, 1, 2, 0, 5 21 66",
    "2, 64, 2, 2, 6, 0, 32",
    // Both.
    "2, 200, 4, 2, 6, 7, 5 64 100",
    "1, 200, 2, 1, 6, 70, 90 150",
  })
  void attends(
      int count, int length, int heads, int kvHeads, int width, int window, String documents) {
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        Heads shape = new Heads(heads, kvHeads, width, window);
        compare(pairs, KernelPairs.documents(count, length, documents), shape, 1e-5);
      }
    }
    // Factors have 8 bits. Where the processor has no bf16 these are the kernels in float32.
    try (KernelPairs pairs = new KernelPairs(Kernels.named("vector", Precision.BF16))) {
      Heads shape = new Heads(heads, kvHeads, width, window);
      compare(pairs, KernelPairs.documents(count, length, documents), shape, 0.02);
    }
  }

  private static void compare(
      KernelPairs pairs, Sequences sequences, Heads heads, double tolerance) {
    Inputs in = new Inputs(pairs, heads, sequences.rows());
    Inputs d = new Inputs(pairs, heads, sequences.rows());
    KernelPairs.Pair out = pairs.garbage((long) sequences.rows() * heads.queryWidth());
    KernelPairs.Pair dOut = pairs.numbers((long) sequences.rows() * heads.queryWidth());
    KernelPairs.Pair saved =
        pairs.garbage(
            pairs.fast.attentionMemory(sequences, heads),
            pairs.plain.attentionMemory(sequences, heads));
    pairs.both(
        side -> {
          Kernels.AttentionInputs inputs = in.of(side);
          side.kernels().attention(sequences, heads, inputs, side.of(saved), side.of(out));
          Kernels.AttentionPass pass = new Kernels.AttentionPass(inputs, side.of(saved));
          side.kernels().attentionBackward(sequences, heads, pass, side.of(dOut), d.of(side));
        });
    String kernels = pairs.fast.name();
    out.same(kernels + ": out", tolerance);
    in.same(kernels + ": input", 0);
    d.same(kernels + ": gradient", tolerance);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 3, 3, 5, 0",
    "1, 4, 2, 6, 0",
    "1, 4, 1, 20, 7",
    "3, 2, 1, 2, 0",
    "5, 2, 2, 6, 70",
    "64, 3, 1, 6, 7",
    "70, 2, 2, 20, 0",
    "70, 4, 2, 6, 65",
  })
  void goesOnFromCaches(int computed, int heads, int kvHeads, int width, int window) {
    Heads shape = new Heads(heads, kvHeads, width, window);
    int capacity = 150;
    int[] first = {66, 0, 150 - computed, 7};
    Sequences sequences = Sequences.continued(first, new int[] {4, 0, 2, 3}, computed, capacity);
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        int stride = 2 * shape.keyWidth() + MARGIN;
        KernelPairs.Pair queries = pairs.numbers((long) sequences.rows() * shape.queryWidth());
        // What was never computed is garbage.
        KernelPairs.Pair cache = pairs.garbage(5L * capacity * stride);
        for (int s = 0; s < first.length; s++) {
          write(pairs, cache, (long) sequences.slot(s) * capacity * stride, first[s] * stride);
        }
        KernelPairs.Pair fresh = pairs.numbers((long) sequences.rows() * stride);
        KernelPairs.Pair out = pairs.garbage((long) sequences.rows() * shape.queryWidth());
        KernelPairs.Pair saved =
            pairs.garbage(
                pairs.fast.attentionMemory(sequences, shape),
                pairs.plain.attentionMemory(sequences, shape));
        pairs.both(
            side -> {
              Columns keys = side.columns(cache, 1, stride);
              Columns values = side.columns(cache, 1 + shape.keyWidth(), stride);
              Columns both = side.columns(fresh, 1, stride);
              side.kernels().appendToCache(sequences, 2 * shape.keyWidth(), both, keys);
              Kernels.AttentionInputs in =
                  new Kernels.AttentionInputs(
                      side.columns(queries, 0, shape.queryWidth()), keys, values);
              side.kernels().attention(sequences, shape, in, side.of(saved), side.of(out));
            });
        cache.same(name + ": cache", 1e-6);
        out.same(name + ": out", 1e-5);
        assertThat(KernelPairs.values(out.fast())).doesNotContain(Float.NaN);
      }
    }
  }

  private static void write(KernelPairs pairs, KernelPairs.Pair to, long at, int length) {
    float[] numbers = KernelPairs.values(pairs.numbers(Math.max(1, length)).plain());
    to.fast().write(at, numbers, 0, length);
    to.plain().write(at, numbers, 0, length);
  }

  private static List<String> testedAndPlain() {
    List<String> names = new ArrayList<>(TestedKernels.names());
    names.add("plain");
    return names;
  }

  /** Rows of a pass over whole sequences and of one that goes on are the same rows. */
  @ParameterizedTest
  @MethodSource("testedAndPlain")
  void aPassInPiecesGivesWhatAWholePassGives(String name) {
    Heads heads = new Heads(4, 2, 6, 70);
    try (KernelPairs pairs = new KernelPairs(name.equals("plain") ? "vector" : name)) {
      Kernels kernels = name.equals("plain") ? pairs.plain : pairs.fast;
      KernelPairs.Side side = new KernelPairs.Side(kernels, kernels == pairs.fast);
      Sequences whole = Sequences.whole(1, 150);
      Inputs in = new Inputs(pairs, heads, 150);
      Tensor out = side.of(pairs.garbage(150L * heads.queryWidth()));
      long memory = kernels.attentionMemory(whole, heads);
      Tensor saved = side.of(pairs.garbage(memory));
      kernels.attention(whole, heads, in.of(side), saved, out);
      float[] expected = KernelPairs.values(out);
      Sequences rest = Sequences.continued(new int[] {83}, new int[] {0}, 67, 150);
      Kernels.AttentionInputs all = in.of(side);
      Columns q = all.queries();
      Columns queries = new Columns(q.tensor(), q.from() + 83 * q.stride(), q.stride());
      kernels.attention(
          rest, heads, new Kernels.AttentionInputs(queries, all.keys(), all.values()), saved, out);
      float[] found = Arrays.copyOf(KernelPairs.values(out), 67 * heads.queryWidth());
      assertThat(found)
          .usingComparatorWithPrecision(1e-5f)
          .containsExactly(Arrays.copyOfRange(expected, 83 * heads.queryWidth(), expected.length));
    }
  }

  /** A window keeps no more probabilities than its keys. */
  @Test
  void windowsAndDocumentsSaveMemory() {
    try (KernelPairs pairs = new KernelPairs("vector")) {
      Sequences sequences = Sequences.whole(1, 4096);
      long all = pairs.fast.attentionMemory(sequences, new Heads(8, 8, 6, 0));
      long window = pairs.fast.attentionMemory(sequences, new Heads(8, 8, 6, 64));
      assertThat(window).isLessThan(all / 8);
      Sequences documents = KernelPairs.documents(1, 4096, "1024 2048 3072");
      assertThat(pairs.fast.attentionMemory(documents, new Heads(8, 8, 6, 0))).isLessThan(all / 3);
    }
  }

  @Test
  void refusesABackwardPassOfSequencesThatGoOn() {
    Heads heads = new Heads(1, 2);
    Sequences sequences = Sequences.continued(new int[] {1}, new int[] {0}, 1, 4);
    try (KernelPairs pairs = new KernelPairs("vector")) {
      Inputs in = new Inputs(pairs, heads, 4);
      KernelPairs.Side side = new KernelPairs.Side(pairs.fast, true);
      Tensor any = pairs.numbers(10_000).fast();
      Kernels.AttentionPass pass = new Kernels.AttentionPass(in.of(side), any);
      assertThatThrownBy(
              () -> pairs.fast.attentionBackward(sequences, heads, pass, any, in.of(side)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention: backward wants whole sequences, found some that go on");
    }
  }

  /** Kernels in another precision may keep less. */
  @Test
  void refusesTooLittleMemory() {
    Heads heads = new Heads(1, 2);
    Sequences sequences = Sequences.whole(1, 4);
    try (KernelPairs pairs = new KernelPairs("vector")) {
      Kernels.AttentionInputs in =
          new Inputs(pairs, heads, 4).of(new KernelPairs.Side(pairs.fast, true));
      long memory = pairs.fast.attentionMemory(sequences, heads);
      Tensor saved = pairs.numbers(memory - 1).fast();
      assertThatThrownBy(() -> pairs.fast.attention(sequences, heads, in, saved, saved))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("attention: expected " + memory + " saved elements, found " + (memory - 1));
    }
  }

  /** Half of what float32 takes, where sequences are long. */
  @Test
  void probabilitiesInBf16TakeHalfTheMemory() {
    try (Kernels half = Kernels.named("vector", Precision.BF16)) {
      assumeThat(half.precision()).isEqualTo(Precision.BF16);
      Sequences sequences = Sequences.whole(4, 1024);
      Heads heads = new Heads(12, 64);
      double share =
          (double) half.attentionMemory(sequences, heads)
              / half.fp32().attentionMemory(sequences, heads);
      assertThat(share).isBetween(0.5, 0.56);
    }
  }

  @Test
  void refusesImpossibleHeadsAndSequences() {
    assertThatThrownBy(() -> new Heads(6, 4, 8, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "heads: 6 query heads, 4 key heads of width 8 and window 0; expected a divisor of the"
                + " query heads, a width of at least 1 and a window of at least 0");
    assertThatThrownBy(() -> new Heads(2, 2, 8, -1)).hasMessageContaining("window -1");
    assertThatThrownBy(() -> Sequences.whole(0, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no positions to compute: 0 sequences of 5");
    assertThatThrownBy(() -> Sequences.continued(new int[] {0, 9}, new int[] {0, 1}, 2, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("positions 9 to 11 of at most 10");
  }
}
