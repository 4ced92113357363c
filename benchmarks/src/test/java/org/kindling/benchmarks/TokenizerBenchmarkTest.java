package org.kindling.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerBenchmarkTest {
  @TempDir Path directory;

  @Test
  void everyBenchmarkEncodesTheSameTokens() throws IOException {
    TokenizerBenchmark benchmark = new TokenizerBenchmark();
    benchmark.encoding = "o200k_base";
    benchmark.file = Files.writeString(directory.resolve("text"), "Größe = 12;\n").toString();
    benchmark.load();
    int tokens = benchmark.kindling();
    assertThat(tokens).isGreaterThan(5000).isEqualTo(benchmark.kindlingStrings().length);
    assertThat(benchmark.jtokkit().size()).isEqualTo(tokens);
  }

  @Test
  void theCheckComparesStringsAndFiles() throws IOException {
    EncodingCheck check = new EncodingCheck("cl100k_base");
    check.randomStrings(500, 3);
    check.file(Files.writeString(directory.resolve("long"), "😀 word".repeat(20_000)));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(check.report("cl100k_base", new PrintStream(out, true, StandardCharsets.UTF_8)))
        .isTrue();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("cl100k_base: 505 texts compared");
  }
}
