package org.kindling.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
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

class ValidationWindowsTest {
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
    return reader(tokens);
  }

  private static TokenReader reader(int[] tokens) {
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
        sum = sum.plus(new LossSum(model.loss(window).mean() * length, length));
      }
      start += (int) shard;
    }
    return sum;
  }

  @Test
  void predictsEveryTokenButEachShardsFirstOnce() throws IOException {
    ValidationWindows validation = new ValidationWindows(SHARDS, CONTEXT);
    LossSum all = validation.score(model, reader(), 0, validation.windows(), 4);
    assertThat(all.tokens()).isEqualTo(29 + 7 + 1 + 14).isEqualTo(validation.predictions());
    assertThat(all.nats()).isCloseTo(expected().nats(), within(1e-3));
  }

  @Test
  void piecesAddUpToTheWhole() throws IOException {
    ValidationWindows validation = new ValidationWindows(SHARDS, CONTEXT);
    LossSum sum = LossSum.NONE;
    for (long w = 0; w < validation.windows(); w += 3) {
      sum =
          sum.plus(validation.score(model, reader(), w, Math.min(validation.windows(), w + 3), 2));
    }
    assertThat(sum.tokens()).isEqualTo(validation.predictions());
    assertThat(sum.nats()).isCloseTo(expected().nats(), within(1e-3));
  }

  @Test
  void bitsPerByteCountsTheBytesOfTheText() {
    assertThat(new LossSum(8 * Math.log(2), 4).bitsPerByte(16)).isCloseTo(0.5, within(1e-12));
  }

  /** A context so short that this small split has several blocks. */
  @Test
  void blocksHoldEveryPredictionOnceAndDoNotDependOnWhoScoresThem() throws IOException {
    int[] many = new SplittableRandom(4).ints(9000, 0, VOCABULARY).toArray();
    List<Long> shards = List.of(5000L, 1L, 3000L, 999L);
    ValidationBlocks blocks = new ValidationBlocks(shards, CONTEXT);
    assertThat(blocks.windowsPerBlock()).isEqualTo(293);
    assertThat(blocks.blocks()).isEqualTo(3 + 0 + 2 + 1);
    List<LossSum> forward = new ArrayList<>();
    try (LanguageModel large =
        LanguageModels.create(model.settings(), VOCABULARY, blocks.windowsPerBlock(), kernels)) {
      large.initialize(1);
      for (long block = 0; block < blocks.blocks(); block++) {
        forward.add(blocks.score(large, reader(many), block));
      }
      for (long block = blocks.blocks() - 1; block >= 0; block--) {
        assertThat(blocks.score(large, reader(many), block)).isEqualTo(forward.get((int) block));
      }
    }
    ValidationLoss loss = ValidationLoss.of(forward);
    ValidationWindows plain = new ValidationWindows(shards, CONTEXT);
    LossSum whole = plain.score(model, reader(many), 0, plain.windows(), 4);
    assertThat(loss.tokens()).isEqualTo(4999 + 2999 + 998).isEqualTo(whole.tokens());
    assertThat(loss.mean()).isCloseTo(whole.mean(), within(1e-6));
    assertThat(loss.blocks()).isEqualTo(6);
  }

  @Test
  void standardErrorIsThatOfTheMeanOfEqualBlocks() {
    double[] means = {1.0, 1.5, 0.5, 2.0, 1.25};
    List<LossSum> blocks = Arrays.stream(means).mapToObj(m -> new LossSum(m * 8, 8)).toList();
    double mean = Arrays.stream(means).average().orElseThrow();
    double variance =
        Arrays.stream(means).map(m -> (m - mean) * (m - mean)).sum() / (means.length - 1);
    ValidationLoss loss = ValidationLoss.of(blocks);
    assertThat(loss.mean()).isCloseTo(mean, within(1e-15));
    assertThat(loss.standardError()).isCloseTo(Math.sqrt(variance / means.length), within(1e-15));
    assertThat(ValidationLoss.of(blocks.subList(0, 1)).standardError()).isNaN();
  }

  /** Unequal blocks: the spread over many draws of blocks is what the formula says. */
  @Test
  void standardErrorIsTheSpreadOfManySplits() {
    SplittableRandom random = new SplittableRandom(6);
    double errors = 0;
    double sum = 0;
    double squares = 0;
    int draws = 4000;
    for (int draw = 0; draw < draws; draw++) {
      List<LossSum> blocks = new ArrayList<>();
      for (int block = 0; block < 40; block++) {
        long tokens = 20 + random.nextInt(80);
        blocks.add(new LossSum(tokens * (2 + random.nextDouble()), tokens));
      }
      ValidationLoss loss = ValidationLoss.of(blocks);
      errors += loss.standardError() / draws;
      sum += loss.mean();
      squares += loss.mean() * loss.mean();
    }
    double spread = Math.sqrt(squares / draws - sum / draws * (sum / draws));
    assertThat(errors / spread).isCloseTo(1, within(0.05));
  }
}
