package org.kindling.spark.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.kindling.tokenizer.CharacterTokenizer;
import org.kindling.tokenizer.CodePoints;

class EncodeJobTest {
  private static final String TEXT =
      "First Citizen:\nBefore we proceed any further, hear me speak.";
  @TempDir Path directory;

  @Test
  void printsIdsOnOneLine() {
    CommandRun run = CommandRun.of("encode", "--tokenizer", "o200k_base", "--text", TEXT);
    assertThat(run.status()).isZero();
    assertThat(run.out())
        .isEqualTo("7127 84479 734 13036 581 18988 1062 6544 11 9598 668 10591 13\n");
  }

  @Test
  void readsFilesAndStandardInput() throws IOException {
    Path file = Files.writeString(directory.resolve("text"), "Aé\n");
    CommandRun run = CommandRun.of("encode", "--tokenizer", "byte", "--file", file.toString());
    assertThat(run.out()).isEqualTo("65 195 169 10\n");
    byte[] input = "Aé".getBytes(StandardCharsets.UTF_8);
    assertThat(CommandRun.withInput(input, "encode", "--tokenizer", "byte").out())
        .isEqualTo("65 195 169\n");
  }

  @Test
  void readsALearnedTokenizer() throws IOException {
    Files.writeString(
        directory.resolve("tokenizer.json"),
        CharacterTokenizer.train(new CodePoints().add("abc")).toJson());
    CommandRun run = CommandRun.of("encode", "--tokenizer", directory.toString(), "--text", "cab");
    assertThat(run.out()).isEqualTo("2 0 1\n");
  }

  @Test
  void anEmptyTextHasNoTokens() {
    assertThat(CommandRun.of("encode", "--tokenizer", "gpt2", "--text", "").out()).isEqualTo("\n");
  }

  @Test
  void refusesSpecialTokensUnlessToldWhatTheyAre() throws IOException {
    Path file = Files.writeString(directory.resolve("text"), "é<|endoftext|>b");
    CommandRun refused = CommandRun.of("encode", "--tokenizer", "gpt2", "--file", file.toString());
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.err().strip())
        .isEqualTo(
            "kindling: "
                + file
                + ", byte 2: found the special token <|endoftext|>, which is refused in text;"
                + " choose --special-tokens ordinary to encode its characters, or allow to encode"
                + " it as the token");
    assertThat(encode("ordinary", "a<|endoftext|>b")).isEqualTo("64 27 91 437 1659 5239 91 29 65");
    assertThat(encode("allow", "a<|endoftext|>b")).isEqualTo("64 50256 65");
    assertThat(encode("allow", "<|endof")).isEqualTo(encode("refuse", "<|endof"));
  }

  private static String encode(String specialTokens, String text) {
    return CommandRun.of(
            "encode", "--tokenizer", "gpt2", "--special-tokens", specialTokens, "--text", text)
        .out()
        .strip();
  }

  @Test
  void saysWhatIsWrong() {
    CommandRun unknown = CommandRun.of("encode", "--tokenizer", "gpt9", "--text", "a");
    assertThat(unknown.status()).isEqualTo(2);
    assertThat(unknown.err()).contains("kindling: tokenizer gpt9: neither a known name");

    byte[] input = {'a', 'b', (byte) 0xFF};
    CommandRun malformed = CommandRun.withInput(input, "encode", "--tokenizer", "byte");
    assertThat(malformed.status()).isEqualTo(1);
    assertThat(malformed.err()).contains("standard input, byte 2: expected UTF-8 text, found 0xff");

    CommandRun missing = CommandRun.of("encode", "--tokenizer", "byte", "--file", directory + "/x");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.err()).contains("no such file");

    CommandRun both = CommandRun.of("encode", "--tokenizer", "byte", "--text", "a", "--file", "b");
    assertThat(both.status()).isEqualTo(2);
  }

  @Test
  void refusesTextCutInTheMiddleOfACharacter() {
    byte[] input = {'a', (byte) 0xC3};
    CommandRun cut = CommandRun.withInput(input, "encode", "--tokenizer", "byte");
    assertThat(cut.status()).isEqualTo(1);
    assertThat(cut.err()).contains("standard input, byte 1: expected UTF-8 text, found 0xc3");
  }

  @Test
  void refusesArgumentsThatTheLocaleCannotCarry() {
    assertThatThrownBy(() -> EncodeJob.requireReadable("caf\uFFFD\uFFFD", "ANSI_X3.4-1968"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("set LC_ALL=C.UTF-8");
    assertThatCode(() -> EncodeJob.requireReadable("caf\uFFFD", "UTF-8"))
        .doesNotThrowAnyException();
    assertThatCode(() -> EncodeJob.requireReadable("cafe", "ANSI_X3.4-1968"))
        .doesNotThrowAnyException();
  }
}
