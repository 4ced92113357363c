package org.kindling.spark.tokenization;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarmUpTest {
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "byte", "char", "a/path/to/a/tokenizer"})
  void endsWithWhatItWaitsFor(String tokenizer) throws InterruptedException {
    try (WarmUp warmUp = WarmUp.of(tokenizer)) {
      Thread.sleep(300);
    }
    Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
    while (isRunning() && Instant.now().isBefore(deadline)) {
      Thread.sleep(10);
    }
    assertThat(isRunning()).isFalse();
  }

  private static boolean isRunning() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("warm-up"));
  }
}
