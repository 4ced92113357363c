package org.kindling.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.kindling.corpus.TokenReader;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;

class HeldOutTest {
  private static final int CONTEXT = 7;
  private static final List<Long> SHARDS = List.of(30L, 8L, 2L, 15L);
  private static final int VOCABULARY = 11;

  private final int[] tokens = new SplittableRandom(3).ints(55, 0, VOCABULARY).toArray();
  private Kernels kernels;
  private LanguageModel model;

  @BeforeEach
  void makeModel() {
    kernels = Kernels.named("vector");
    model =
        LanguageModels.create(
            new ModelSettings("transformer", 1, 2, 8, CONTEXT, true), VOCABULARY, 4, kernels);
    model.initialize(1);
  }

  @AfterEach
  void close() {
    model.close();
    kernels.close();
  }

  private TokenReader reader() {
    return new TokenReader() {
      @Override
      public String name() {
        return "test";
      }

      @Override
      public long tokens() {
        return tokens.length;
      }

      @Override
      public void read(long position, int[] target, int offset, int length) {
        System.arraycopy(tokens, (int) position, target, offset, length);
      }

      @Override
      public void close() {}
    };
  }

  /** Every token but each shard's first, predicted from what its window holds before it. */
  private LossSum expected() {
    LossSum sum = LossSum.NONE;
    int start = 0;
    for (long shard : SHARDS) {
      for (int at = 0; at < shard - 1; at += CONTEXT) {
        int length = (int) Math.min(CONTEXT, shard - 1 - at);
        int from = start + at;
        TokenBatch window =
            new TokenBatch(
                1,
                length,
                Arrays.copyOfRange(tokens, from, from + length),
                Arrays.copyOfRange(tokens, from + 1, from + 1 + length));
        sum = sum.plus(new LossSum(model.loss(window) * length, length));
      }
      start += (int) shard;
    }
    return sum;
  }

  @Test
  void predictsEveryTokenButEachShardsFirstOnce() throws IOException {
    HeldOut heldOut = new HeldOut(SHARDS, CONTEXT);
    LossSum all = heldOut.score(model, reader(), 0, heldOut.windows(), 4);
    assertThat(all.tokens()).isEqualTo(29 + 7 + 1 + 14).isEqualTo(heldOut.predictions());
    assertThat(all.nats()).isCloseTo(expected().nats(), within(1e-3));
  }

  @Test
  void piecesAddUpToTheWhole() throws IOException {
    HeldOut heldOut = new HeldOut(SHARDS, CONTEXT);
    LossSum sum = LossSum.NONE;
    for (long w = 0; w < heldOut.windows(); w += 3) {
      sum = sum.plus(heldOut.score(model, reader(), w, Math.min(heldOut.windows(), w + 3), 2));
    }
    assertThat(sum.tokens()).isEqualTo(heldOut.predictions());
    assertThat(sum.nats()).isCloseTo(expected().nats(), within(1e-3));
  }

  @Test
  void bitsPerByteCountsTheBytesOfTheText() {
    assertThat(new LossSum(8 * Math.log(2), 4).bitsPerByte(16)).isCloseTo(0.5, within(1e-12));
  }
}
