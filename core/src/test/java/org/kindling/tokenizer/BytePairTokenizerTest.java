package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
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
  void encodesAMegabyteOfAnythingInASecond() {
    ThreadMXBean thread = ManagementFactory.getThreadMXBean();
    List<Tokenizer> tokenizers = new ArrayList<>();
    tokenizers.add(
        BytePairTrainer.train(new PieceCounts().addText("aaaa    ==== the lowest"), 270));
    for (String name : List.of("gpt2", "cl100k_base", "o200k_base")) {
      tokenizers.add(Tokenizers.named(name).orElseThrow());
    }
    List<String> slow = new ArrayList<>();
    for (Tokenizer tokenizer : tokenizers) {
      tokenizer.encode("loads it");
      for (String unit : units()) {
        byte[] text = utf8(unit.repeat(1_000_000 / utf8(unit).length));
        TokenBuffer out = new TokenBuffer();
        // Processor time: what else runs on the machine has no say.
        long begin = thread.getCurrentThreadCpuTime();
        tokenizer.encode(text, 0, text.length, out);
        double seconds = (thread.getCurrentThreadCpuTime() - begin) / 1e9;
        if (seconds > 1) {
          slow.add(String.format("%s: %.2f s for %.4s", tokenizer.kind(), seconds, unit));
        }
        assertThat(Arrays.equals(tokenizer.decode(out.toArray()), text)).isTrue();
      }
    }
    assertThat(slow).isEmpty();
  }

  private static List<String> units() {
    String base64 = randomBase64(1_000_000);
    return List.of(
        "a", "A", " ", "\n", " \n", "=", "7", "😀", "中", "中A", "a\u0301", "\u0301", "aB", "a1",
        base64);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String randomBase64(int characters) {
    byte[] bytes = new byte[characters / 4 * 3];
    new SplittableRandom(4).nextBytes(bytes);
    return java.util.Base64.getEncoder().encodeToString(bytes);
  }
}
