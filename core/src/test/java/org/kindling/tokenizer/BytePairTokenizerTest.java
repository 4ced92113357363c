package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class BytePairTokenizerTest {
  private static final Tokenizer OURS = Tokenizers.named("gpt2").orElseThrow();

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
  void longPiecesDoNotTakeQuadraticTime() {
    String random = randomBase64(1_000_000);
    for (String name : List.of("gpt2", "cl100k_base", "o200k_base")) {
      Tokenizer tokenizer = Tokenizers.named(name).orElseThrow();
      for (String unit : List.of("a", " ", "\n", "😀", random)) {
        String text = unit.repeat(1_000_000 / unit.length());
        int[] ids = assertTimeout(Duration.ofSeconds(3), () -> tokenizer.encode(text));
        assertThat(tokenizer.decodeText(ids).equals(text)).as("%s of %.3s", name, unit).isTrue();
      }
    }
  }

  private static String randomBase64(int characters) {
    byte[] bytes = new byte[characters / 4 * 3];
    new SplittableRandom(4).nextBytes(bytes);
    return java.util.Base64.getEncoder().encodeToString(bytes);
  }
}
