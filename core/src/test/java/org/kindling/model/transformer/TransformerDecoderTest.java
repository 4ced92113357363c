package org.kindling.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.model.ModelSettings;
import org.kindling.model.ModelVariants;
import org.kindling.model.Predictor;

/** Generation of several sequences against the model on each whole sequence. */
class TransformerDecoderTest {
  private static final int VOCABULARY = 13;
  private static final int CONTEXT = 150;

  private static int[] text(long seed) {
    return new Random(seed).ints(CONTEXT, 0, VOCABULARY).toArray();
  }

  private static void same(Transformer model, int[] text, int tokens, float[] found) {
    int[] prefix = Arrays.copyOf(text, tokens);
    float[] all = model.logits(1, tokens, prefix);
    assertThat(found)
        .usingComparatorWithPrecision(2e-5f)
        .containsExactly(Arrays.copyOfRange(all, (tokens - 1) * VOCABULARY, all.length));
  }

  @ParameterizedTest
  @CsvSource({
    "vector, gpt2 heads=5 width=20 context=150",
    "vector, gpt2 heads=5 width=20 context=150 window=7 positions=sinusoidal tied=false",
    "vector, gpt2 heads=5 width=20 context=150 window=70 positions=none",
    "vector, llama heads=4 kvHeads=2 width=20 headDim=6 context=150",
    "vector, llama heads=4 kvHeads=1 width=20 headDim=2 context=150 window=65",
    "vector, qwen3 heads=4 kvHeads=2 width=20 headDim=6 context=150",
    "vector, modern heads=2 width=20 context=150 window=7 softCap=5",
    "nd4j, qwen3 heads=4 kvHeads=2 width=20 headDim=6 context=150 window=70"
  })
  void sequencesOfDifferentLengthsAgreeWithTheWholeSequence(String name, String variant) {
    // What each round appends to each of the sequences: 65 and more go through in pieces.
    int[][] rounds = {
      {1, 3, 0}, {1, 1, 70}, {1, 1, 1}, {0, 1, 1}, {100, 0, 1}, {1, 64, 65}, {46, 1, 1}, {0, 1, 11}
    };
    ModelSettings settings = ModelVariants.of(variant);
    try (Kernels kernels = Kernels.named(name);
        Transformer model = new Transformer(settings, VOCABULARY, 1, kernels);
        Predictor.Decoder decoder = model.decoder(3)) {
      RandomModels.fill(model);
      for (long seed = 1; seed <= 2; seed++) {
        int[][] texts = {text(seed), text(seed + 10), text(seed + 20)};
        for (int[] round : rounds) {
          int[][] next = new int[3][];
          for (int s = 0; s < 3; s++) {
            int at = decoder.position(s);
            next[s] = Arrays.copyOfRange(texts[s], at, at + round[s]);
          }
          float[][] found = decoder.append(next);
          for (int s = 0; s < 3; s++) {
            if (round[s] > 0) {
              same(model, texts[s], decoder.position(s), found[s]);
            }
          }
        }
        assertThat(decoder.position(0)).isEqualTo(CONTEXT);
        assertThat(decoder.position(1)).isEqualTo(72);
        assertThat(decoder.position(2)).isEqualTo(CONTEXT);
        for (int s = 0; s < 3; s++) {
          decoder.reset(s);
          assertThat(decoder.position(s)).isZero();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vector, gpt2 heads=5 width=20 context=150",
    "vector, qwen3 heads=4 kvHeads=2 width=20 headDim=6 context=150 window=7",
    "nd4j, llama heads=2 width=20 context=150"
  })
  void copiesGoOnByThemselves(String name, String variant) {
    try (Kernels kernels = Kernels.named(name);
        Transformer model = new Transformer(ModelVariants.of(variant), VOCABULARY, 1, kernels);
        Predictor.Decoder decoder = model.decoder(3)) {
      RandomModels.fill(model);
      int[] text = text(1);
      decoder.appendTo(2, 3, 4, 5, 6);
      float[] prompt = decoder.appendTo(1, Arrays.copyOf(text, 80)).clone();
      decoder.copy(1, 2);
      decoder.copy(1, 0);
      decoder.copy(1, 1);
      assertThat(decoder.position(2)).isEqualTo(80);
      int[] other = text.clone();
      other[80] = (text[80] + 1) % VOCABULARY;
      float[][] found = decoder.append(new int[][] {{other[80]}, {}, {text[80]}});
      same(model, other, 81, found[0]);
      same(model, text, 81, found[2]);
      // The sequence that was copied is as it was.
      assertThat(decoder.position(1)).isEqualTo(80);
      assertThat(found[1]).isEqualTo(prompt);
      same(model, text, 82, decoder.appendTo(1, text[80], text[81]));
      decoder.reset(0);
      decoder.copy(0, 2);
      assertThat(decoder.position(2)).isZero();
      same(model, other, 3, decoder.appendTo(2, other[0], other[1], other[2]));
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (Kernels kernels = Kernels.named("vector");
        Transformer model = new Transformer(ModelVariants.of("gpt2"), VOCABULARY, 1, kernels);
        Predictor.Decoder decoder = model.decoder(2)) {
      RandomModels.fill(model);
      assertThat(decoder.capacity()).isEqualTo(7);
      assertThat(decoder.sequences()).isEqualTo(2);
      decoder.appendTo(1, 1, 2, 3, 4, 5, 6, 7);
      assertThatThrownBy(() -> decoder.append(new int[][] {{1}, {2}}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("decoder: 7 tokens and 1 more exceed model.context 7; shorten the text");
      // Nothing was appended, not even to the sequence that had room.
      assertThat(decoder.position(0)).isZero();
      assertThatThrownBy(() -> decoder.appendTo(0, 1, 13))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith(
              "decoder: input token 1: id 13 is outside the vocabulary, expected 0 to 12");
      assertThatThrownBy(() -> decoder.appendTo(0))
          .hasMessage("decoder: expected at least one token to append");
      assertThatThrownBy(() -> model.decoder(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("decoder: expected at least 1 sequence, found 0");
    }
  }

  @Test
  void givesItsMemoryBack() {
    try (Kernels kernels = Kernels.named("vector");
        Transformer model = new Transformer(ModelVariants.of("qwen3 headDim=2"), 5, 1, kernels)) {
      long before = OffHeapMemory.heldBytes();
      try (Predictor.Decoder decoder = model.decoder(4)) {
        decoder.appendTo(3, 1, 2);
        assertThat(OffHeapMemory.heldBytes()).isGreaterThan(before);
      }
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before);
    }
  }
}
