package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class BytePairTokenizerTest {
  private static final Tokenizer GPT2 = Tokenizers.named("gpt2").orElseThrow();
  // Our own encoder with GPT-2's merges, where jtokkit is the oracle.
  private static final Tokenizer OURS = new BytePairTokenizer(TiktokenEncoding.GPT2.vocabulary());

  @Test
  void givesTheIdsOfTheOracle() {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 10_000; i++) {
      String text = RandomText.next(random);
      assertThat(OURS.encode(text)).as("text %s", text).isEqualTo(GPT2.encode(text));
    }
  }

  @Test
  void givesTheIdsOfTheOracleForLongPieces() {
    SplittableRandom random = new SplittableRandom(12);
    for (int length : new int[] {15, 16, 17, 126, 127, 128, 129, 130, 1000, 5000}) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < length; i++) {
        text.append((char) ('a' + random.nextInt(i % 7 == 0 ? 26 : 3)));
      }
      for (String piece : List.of(text.toString(), " ".repeat(length), "=".repeat(length))) {
        assertThat(OURS.encode(piece)).as("%d", length).isEqualTo(GPT2.encode(piece));
      }
    }
  }

  @Test
  void threadsShareATokenizer() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      List<Future<Boolean>> results = new ArrayList<>();
      for (int t = 0; t < 3; t++) {
        int seed = t;
        results.add(
            threads.submit(
                () -> {
                  SplittableRandom random = new SplittableRandom(seed);
                  boolean same = true;
                  for (int i = 0; i < 1000; i++) {
                    String text = RandomText.next(random);
                    same &= OURS.decodeText(OURS.encode(text)).equals(text);
                  }
                  return same;
                }));
      }
      for (Future<Boolean> result : results) {
        assertThat(result.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void remembersMorePiecesThanItsCacheHolds() {
    // A vocabulary of bytes gives every piece its own long list of tokens.
    Tokenizer bytes = BytePairTrainer.train(new PieceCounts().addText("x"), 257);
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < 120_000; i++) {
        String text = "word" + Integer.toString(i, 36) + "   ";
        assertThat(bytes.decodeText(bytes.encode(text))).isEqualTo(text);
      }
    }
  }

  @Test
  void aMegabyteOfOneLetterTakesNoLongerThanOtherText() {
    String text = "a".repeat(1_000_000);
    int[] ids = Assertions.assertTimeout(Duration.ofSeconds(5), () -> OURS.encode(text));
    assertThat(OURS.decodeText(ids)).isEqualTo(text);
  }
}
