package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.kindling.kernels.Activation;
import org.kindling.kernels.AdamWUpdate;
import org.kindling.kernels.Embedding;
import org.kindling.kernels.KernelPairs;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Linear;
import org.kindling.kernels.Norm;
import org.kindling.kernels.OutputHead;
import org.kindling.kernels.Rotation;
import org.kindling.kernels.Sequences;

/** Every operation but attention in every precision against the oracle, by norms. */
class TorchPrecisionTest {
  private static final int CONTEXT = 40;

  /** Sequences of every kind, each of 3 times 16 positions. */
  private static Sequences sequences(String kind) {
    return switch (kind) {
      case "whole" -> Sequences.whole(3, 16);
      case "documents" -> KernelPairs.documents(3, 16, "1 7 8");
      default -> Sequences.continued(new int[] {20, 0, 24}, new int[] {4, 0, 2}, 16, CONTEXT);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "67, 48, 144, INPUTS_FIRST, true",
    "67, 48, 144, OUTPUTS_FIRST, false",
    "7, 20, 13, INPUTS_FIRST, false",
    "7, 20, 13, OUTPUTS_FIRST, true",
    "128, 64, 256, INPUTS_FIRST, true",
    "128, 256, 64, OUTPUTS_FIRST, false",
    "1, 3, 1, INPUTS_FIRST, true",
    "1, 129, 5, OUTPUTS_FIRST, false"
  })
  void mapsLinearly(int rows, int inputs, int outputs, Linear.Layout layout, boolean biased) {
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.ParameterPair weight = pairs.parameter((long) inputs * outputs);
        KernelPairs.ParameterPair bias = biased ? pairs.parameter(outputs) : null;
        KernelPairs.Pair x = pairs.numbers((long) rows * inputs);
        KernelPairs.Pair y = pairs.garbage((long) rows * outputs);
        KernelPairs.Pair dy = pairs.numbers((long) rows * outputs);
        KernelPairs.Pair dx = pairs.garbage((long) rows * inputs);
        pairs.both(
            side -> {
              Linear layer = new Linear(inputs, outputs, layout, side.of(weight), side.of(bias));
              side.kernels().linear(layer, rows, side.of(x), side.of(y));
              side.kernels().linearBackward(layer, rows, side.of(x), side.of(dy), side.of(dx));
            });
        near(precision, "y", y);
        near(precision, "dx", dx);
        near(precision, "weight", weight.gradient());
        if (biased) {
          near(precision, "bias", bias.gradient());
        }
      }
    }
  }

  private static void near(TestedPrecision precision, String what, KernelPairs.Pair pair) {
    pair.near(precision + ": " + what, precision.tolerance());
  }

  @ParameterizedTest
  @CsvSource({
    "GELU, 1, 1",
    "GELU, 67, 192",
    "RELU2, 3, 33",
    "RELU2, 67, 192",
    "SWIGLU, 3, 33",
    "SWIGLU, 67, 128",
    "GEGLU, 3, 33",
    "GEGLU, 67, 128"
  })
  void activates(Activation activation, int rows, int width) {
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.Pair x = pairs.numbers((long) rows * width * activation.factors(), 2);
        KernelPairs.Pair y = pairs.garbage((long) rows * width);
        KernelPairs.Pair dy = pairs.numbers((long) rows * width);
        pairs.both(
            side -> {
              side.kernels().activate(activation, rows, width, side.of(x), side.of(y));
              side.kernels().activateBackward(activation, rows, width, side.of(x), side.of(dy));
            });
        near(precision, "value", y);
        near(precision, "gradient", x);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"LAYER, 67, 48", "LAYER, 5, 33", "LAYER, 3, 256", "RMS, 67, 48", "RMS, 2, 3"})
  void normalizes(Norm.Kind kind, int rows, int width) {
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.ParameterPair gain = pairs.parameter(width);
        KernelPairs.ParameterPair bias = kind == Norm.Kind.LAYER ? pairs.parameter(width) : null;
        KernelPairs.Pair x = pairs.numbers((long) rows * width);
        KernelPairs.Pair addend = pairs.numbers((long) rows * width, 2);
        KernelPairs.Pair sum = pairs.garbage((long) rows * width);
        KernelPairs.Pair out = pairs.garbage((long) rows * width);
        KernelPairs.Pair statistics = pairs.garbage(2L * rows);
        KernelPairs.Pair d = pairs.numbers((long) rows * width);
        KernelPairs.Pair dx = pairs.numbers((long) rows * width);
        pairs.both(
            side -> {
              Norm norm = new Norm(kind, width, 1e-5, side.of(gain), side.of(bias));
              Norm.Activations a =
                  new Norm.Activations(side.of(sum), side.of(out), side.of(statistics));
              side.kernels().addAndNormalize(norm, rows, side.of(x), side.of(addend), a);
              side.kernels().normalizeBackward(norm, rows, a, side.of(d), side.of(dx));
            });
        near(precision, "sum", sum);
        near(precision, "out", out);
        near(precision, "dx", dx);
        near(precision, "gain", gain.gradient());
        if (bias != null) {
          near(precision, "bias", bias.gradient());
        }
      }
    }
  }

  /** Rows whose mean is large beside their deviation: squares less squared means would lose it. */
  @ParameterizedTest
  @ValueSource(strings = {"FP32", "BF16", "FP64"})
  void aLayerNormSubtractsTheMeanBeforeItSquares(TestedPrecision precision) {
    int width = 64;
    try (KernelPairs pairs = precision.pairs()) {
      KernelPairs.ParameterPair gain = pairs.parameter(width);
      KernelPairs.ParameterPair bias = pairs.parameter(width);
      KernelPairs.Pair x = pairs.numbers(width);
      KernelPairs.Pair out = pairs.garbage(width);
      KernelPairs.Pair statistics = pairs.garbage(2);
      float[] shifted = KernelPairs.values(x.plain());
      for (int i = 0; i < width; i++) {
        // A multiple of what float32 resolves there, in all precisions of tensors.
        shifted[i] = 1024 + Math.round(shifted[i] * 64) / 8f;
      }
      pairs.both(
          side -> {
            side.of(x).write(0, shifted, 0, width);
            Norm norm = new Norm(Norm.Kind.LAYER, width, 1e-5, side.of(gain), side.of(bias));
            side.kernels()
                .normalize(
                    norm, 1, new Norm.Activations(side.of(x), side.of(out), side.of(statistics)));
          });
      out.near(precision + ": out", precision == TestedPrecision.BF16 ? 2e-2 : 1e-5);
    }
  }

  @ParameterizedTest
  @CsvSource({"67, 3, 16", "5, 1, 2", "7, 4, 6", "3, 2, 64"})
  void normalizesHeads(int rows, int heads, int width) {
    int stride = heads * width + 5;
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.ParameterPair gain = pairs.parameter(width);
        KernelPairs.Pair x = pairs.numbers((long) rows * stride);
        KernelPairs.Pair y = pairs.garbage((long) rows * stride);
        KernelPairs.Pair statistics = pairs.garbage((long) rows * heads);
        KernelPairs.Pair d = pairs.numbers((long) rows * stride);
        pairs.both(
            side -> {
              Norm norm = new Norm(Norm.Kind.RMS, width, 1e-6, side.of(gain), null);
              Kernels.HeadSpan span = new Kernels.HeadSpan(rows, heads);
              side.kernels()
                  .normalizeHeads(
                      norm,
                      span,
                      side.columns(x, 3, stride),
                      side.columns(y, 1, stride),
                      side.of(statistics));
              side.kernels()
                  .normalizeHeadsBackward(
                      norm,
                      span,
                      side.columns(x, 3, stride),
                      side.of(statistics),
                      side.columns(d, 0, stride));
            });
        near(precision, "y", y);
        near(precision, "d", d);
        near(precision, "gain", gain.gradient());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "48, 65, learned, whole",
    "20, 13, learned, documents",
    "64, 300, fixed, documents",
    "3, 2, learned, continued",
    "33, 13, none, whole"
  })
  void embeds(int width, int vocabulary, String added, String kind) {
    Sequences sequences = sequences(kind);
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.ParameterPair tokens = pairs.parameter((long) vocabulary * width);
        KernelPairs.ParameterPair table = pairs.parameter((long) CONTEXT * width);
        KernelPairs.ParameterPair positions =
            switch (added) {
              case "learned" -> table;
              case "fixed" -> new KernelPairs.ParameterPair(table.value(), null);
              default -> null;
            };
        KernelPairs.Pair out = pairs.garbage((long) sequences.rows() * width);
        KernelPairs.Pair dOut = pairs.numbers((long) sequences.rows() * width);
        int[] ids = pairs.random.ints(sequences.rows(), 0, vocabulary).toArray();
        pairs.both(
            side -> {
              Embedding e = new Embedding(width, side.of(tokens), side.of(positions));
              side.kernels().embed(e, sequences, ids, side.of(out));
              side.kernels().embedBackward(e, sequences, ids, side.of(dOut));
            });
        near(precision, "out", out);
        near(precision, "tokens", tokens.gradient());
        near(precision, "positions", table.gradient());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, whole", "3, 10, documents", "2, 32, continued", "4, 16, documents"})
  void rotatesAndTurnsBack(int heads, int half, String kind) {
    Sequences sequences = sequences(kind);
    int stride = heads * 2 * half + 5;
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.Pair cosines = pairs.garbage((long) CONTEXT * half);
        KernelPairs.Pair sines = pairs.garbage((long) CONTEXT * half);
        KernelPairs.Pair x = pairs.numbers((long) sequences.rows() * stride);
        KernelPairs.Pair back = pairs.numbers((long) sequences.rows() * stride);
        pairs.both(
            side -> {
              Rotation rotation = new Rotation(half, side.of(cosines), side.of(sines));
              rotation.fill(CONTEXT, 100);
              side.kernels().rotate(rotation, sequences, heads, side.columns(x, 3, stride));
              side.kernels()
                  .rotateBackward(rotation, sequences, heads, side.columns(back, 2, stride));
            });
        near(precision, "turned", x);
        near(precision, "turned back", back);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, whole", "16, continued", "33, continued"})
  void appendsRowsToTheirSlots(int width, String kind) {
    Sequences sequences = sequences(kind);
    int wide = width + 7;
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.Pair from = pairs.numbers((long) sequences.rows() * (width + 3));
        KernelPairs.Pair to = pairs.numbers(5L * CONTEXT * wide);
        pairs.both(
            side ->
                side.kernels()
                    .appendToCache(
                        sequences,
                        width,
                        side.columns(from, 1, width + 3),
                        side.columns(to, 5, wide)));
        near(precision, "cache", to);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "67, 65, 48, 0, false",
    "67, 300, 64, 0, true",
    "7, 13, 20, 30, true",
    "67, 65, 48, 3, false",
    "1100, 33, 5, 15, true",
    "300, 20000, 8, 0, true"
  })
  void computesCrossEntropy(int rows, int vocabulary, int width, double softCap, boolean weighted) {
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.ParameterPair weight = pairs.parameter((long) vocabulary * width);
        KernelPairs.Pair scratch = pairs.garbage(pairs.fast.headScratch(vocabulary), 1);
        KernelPairs.Pair x = pairs.numbers((long) rows * width);
        KernelPairs.Pair dx = pairs.garbage((long) rows * width);
        KernelPairs.Pair logits = pairs.garbage((long) rows * vocabulary);
        Kernels.Targets targets = targets(pairs, rows, vocabulary, weighted);
        double[] losses = new double[4];
        pairs.both(
            side -> {
              int at = side.isFast() ? 0 : 2;
              OutputHead head =
                  new OutputHead(vocabulary, width, side.of(weight), softCap, side.of(scratch));
              losses[at] = side.kernels().crossEntropy(head, rows, side.of(x), targets);
              losses[at + 1] =
                  side.kernels()
                      .crossEntropyBackward(
                          head, rows, side.of(x), targets, 10f / rows, side.of(dx));
              side.kernels().logits(head, rows, side.of(x), side.of(logits));
            });
        double most = precision.tolerance() * losses[2];
        assertThat(losses[0]).as(precision.name()).isCloseTo(losses[2], within(most));
        assertThat(losses[1]).as(precision.name()).isCloseTo(losses[3], within(most));
        near(precision, "dx", dx);
        near(precision, "weight", weight.gradient());
        near(precision, "logits", logits);
      }
    }
  }

  private static Kernels.Targets targets(
      KernelPairs pairs, int rows, int vocabulary, boolean weighted) {
    float[] weights = new float[rows];
    for (int row = 0; row < rows; row++) {
      weights[row] = row % 3 == 1 ? 0 : pairs.random.nextFloat() * 2;
    }
    int[] ids = pairs.random.ints(rows, 0, vocabulary).toArray();
    return new Kernels.Targets(ids, weighted ? weights : null);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 33, 5000, (1 << 20) + 3})
  void sumsSquares(int size) {
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        KernelPairs.Pair x = pairs.numbers(size, 3);
        double expected = pairs.plain.sumOfSquares(x.plain());
        assertThat(pairs.fast.sumOfSquares(x.fast()))
            .as(precision.name())
            .isCloseTo(expected, within(precision.toleranceOfMasters() * expected));
      }
    }
  }

  /** Parameters and moments are float32 whatever products are in. */
  @ParameterizedTest
  @CsvSource({"0, 1", "16, 2051", "5, 1048579"})
  void stepsOfAdamWKeepTheirPrecision(int from, int length) {
    for (TestedPrecision precision : TestedPrecision.values()) {
      try (KernelPairs pairs = precision.pairs()) {
        int size = from + length + 7;
        KernelPairs.Pair parameters = pairs.numbers(size);
        KernelPairs.Pair gradients = pairs.numbers(size);
        KernelPairs.Pair first = pairs.numbers(size, 0);
        KernelPairs.Pair second = pairs.numbers(size, 0);
        pairs.both(
            side -> {
              for (int step = 1; step <= 5; step++) {
                AdamWUpdate update =
                    new AdamWUpdate(
                        side.of(parameters),
                        side.of(gradients),
                        side.of(first),
                        side.of(second),
                        0.5,
                        0.01,
                        0.9,
                        0.99,
                        1e-8,
                        step);
                side.kernels().adamW(update, AdamWUpdate.Range.of(from, length, 0.3));
              }
            });
        parameters.near(precision + ": parameters", precision.toleranceOfMasters());
        first.near(precision + ": first moment", precision.toleranceOfMasters());
        second.near(precision + ": second moment", precision.toleranceOfMasters());
      }
    }
  }
}
