package org.kindling.kernels;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Embeddings of tokens and positions, rotations and caches: all that depends on positions. */
class EmbeddingKernelsTest {
  private static final int CONTEXT = 9;

  /** Sequences of every kind, each of 2 times 5 positions. */
  private static Sequences sequences(String kind) {
    return switch (kind) {
      case "whole" -> Sequences.whole(2, 5);
      case "documents" -> KernelPairs.documents(2, 5, "2 3");
      default -> Sequences.continued(new int[] {4, 1}, new int[] {0, 2}, 5, CONTEXT);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "48, 65, learned, whole",
    "20, 13, learned, documents",
    "3, 2, learned, continued",
    "20, 13, fixed, documents",
    "3, 2, fixed, continued",
    "33, 13, none, whole",
    "2, 1, none, continued"
  })
  void embeds(int width, int vocabulary, String added, String kind) {
    Sequences sequences = sequences(kind);
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.ParameterPair tokens = pairs.parameter((long) vocabulary * width);
        KernelPairs.Pair table = pairs.numbers((long) CONTEXT * width);
        KernelPairs.Pair gradient = pairs.numbers((long) CONTEXT * width);
        KernelPairs.ParameterPair positions =
            switch (added) {
              case "learned" -> new KernelPairs.ParameterPair(table, gradient);
              case "fixed" -> new KernelPairs.ParameterPair(table, null);
              default -> null;
            };
        KernelPairs.Pair out = pairs.garbage(10L * width);
        KernelPairs.Pair dOut = pairs.numbers(10L * width);
        int[] ids = pairs.random.ints(10, 0, vocabulary).toArray();
        pairs.both(
            side -> {
              Embedding e = new Embedding(width, side.of(tokens), side.of(positions));
              side.kernels().embed(e, sequences, ids, side.of(out));
              side.kernels().embedBackward(e, sequences, ids, side.of(dOut));
            });
        out.same(name + ": out", 1e-6);
        tokens.gradient().same(name + ": tokens", 1e-6);
        gradient.same(name + ": positions", 1e-6);
        table.same(name + ": table", 1e-6);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, whole",
    "3, 10, documents",
    "2, 3, continued",
    "4, 16, documents",
    "1, 17, continued",
    "5, 32, whole"
  })
  void rotatesAndTurnsBack(int heads, int half, String kind) {
    Sequences sequences = sequences(kind);
    int stride = heads * 2 * half + 5;
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.Pair cosines = pairs.garbage((long) CONTEXT * half);
        KernelPairs.Pair sines = pairs.garbage((long) CONTEXT * half);
        KernelPairs.Pair x = pairs.numbers(10L * stride);
        KernelPairs.Pair back = pairs.numbers(10L * stride);
        pairs.both(
            side -> {
              Rotation rotation = new Rotation(half, side.of(cosines), side.of(sines));
              rotation.fill(CONTEXT, 100);
              side.kernels().rotate(rotation, sequences, heads, side.columns(x, 3, stride));
              side.kernels()
                  .rotateBackward(rotation, sequences, heads, side.columns(back, 2, stride));
            });
        x.same(name + ": turned", 1e-6);
        back.same(name + ": turned back", 1e-6);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, whole", "16, continued", "33, continued", "20, whole"})
  void appendsRowsToTheirSlots(int width, String kind) {
    Sequences sequences = sequences(kind);
    for (String name : TestedKernels.names()) {
      try (KernelPairs pairs = new KernelPairs(name)) {
        KernelPairs.Pair from = pairs.numbers(10L * (width + 3));
        KernelPairs.Pair to = pairs.numbers(3L * CONTEXT * (width + 7));
        pairs.both(
            side ->
                side.kernels()
                    .appendToCache(
                        sequences,
                        width,
                        side.columns(from, 1, width + 3),
                        side.columns(to, 5, width + 7)));
        to.same(name + ": cache", 1e-6);
      }
    }
  }
}
