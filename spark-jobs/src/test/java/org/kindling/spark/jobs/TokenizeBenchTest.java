package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.tokenizer.Tokenizers;

class TokenizeBenchTest {
  @TempDir Path directory;

  @Test
  void countsTheTokensOfTheTextOnAnyNumberOfThreads() throws IOException {
    String text = "The quick brown fox jumps over the lazy dog's back.\n".repeat(3000);
    int tokens = Tokenizers.named("gpt2").orElseThrow().encode(text).length;
    for (String threads : new String[] {"1", "2"}) {
      JsonNode json = bench(text, "--tokenizer", "gpt2", "--threads", threads);
      assertThat(json.get("tokens").asInt()).isEqualTo(tokens);
      assertThat(json.get("megabytesPerSecond").asDouble()).isPositive();
      assertThat(json.has("timesJtokkit")).isFalse();
    }
  }

  @Test
  void comparesWithAPeer() throws IOException {
    JsonNode json =
        bench("ein Satz, noch ein Satz\n", "--tokenizer", "o200k_base", "--peer", "jtokkit");
    assertThat(json.get("sameTokens").asBoolean()).isTrue();
    assertThat(json.get("timesJtokkit").asDouble()).isPositive();
  }

  @Test
  void refusesWhatCannotBeMeasured() throws IOException {
    Path file = Files.writeString(directory.resolve("empty"), "");
    assertThat(run(file, "--tokenizer", "gpt2").err()).contains("empty: is empty; give a file");
    Files.writeString(file, "text");
    assertThat(run(file, "--tokenizer", "byte", "--peer", "jtokkit").err())
        .contains("--peer jtokkit: knows gpt2, cl100k_base and o200k_base, not byte tokenizer");
    assertThat(run(file, "--tokenizer", "gpt2", "--peer", "x").status()).isEqualTo(2);
    assertThat(run(file, "--tokenizer", "gpt2", "--threads", "0").err())
        .contains("bench tokenize: --threads: expected at least 1, found 0");
  }

  @Test
  void cutsCallsAtLineEndsAndNeverWithinACharacter() {
    byte[] lines = "line\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
    assertThat(TokenizeBench.calls(lines)).allMatch(call -> call[call.length - 1] == '\n');
    byte[] noLines = "é".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    assertThat(TokenizeBench.calls(noLines))
        .hasSizeBetween(2, 7)
        .allMatch(call -> (call[0] & 0xC0) != 0x80);
  }

  private JsonNode bench(String text, String... arguments) throws IOException {
    Path file = Files.writeString(directory.resolve("text"), text);
    CommandRun run = run(file, arguments);
    assertThat(run.err()).doesNotContain("kindling:");
    assertThat(run.out().lines()).hasSize(1);
    return new ObjectMapper().readTree(run.out());
  }

  private static CommandRun run(Path file, String... arguments) {
    String[] all = {
      "bench", "tokenize", "--file", file.toString(), "--runs", "2", "--warmup-seconds", "0"
    };
    String[] line = java.util.Arrays.copyOf(all, all.length + arguments.length);
    System.arraycopy(arguments, 0, line, all.length, arguments.length);
    return CommandRun.of(line);
  }
}
