package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StreamingEncoderTest {
  private static final List<Tokenizer> TOKENIZERS = tokenizers();

  private static List<Tokenizer> tokenizers() {
    List<Tokenizer> tokenizers = new ArrayList<>();
    tokenizers.add(BytePairTrainer.train(new PieceCounts().addText("the low lower lowest"), 265));
    Stream.of("byte", "gpt2", "cl100k_base", "o200k_base")
        .forEach(name -> tokenizers.add(Tokenizers.named(name).orElseThrow()));
    return tokenizers;
  }

  @Test
  void givesTheTokensOfTheWholeDocument() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      StreamingEncoder encoder = tokenizer.streaming(SpecialTokens.ORDINARY);
      for (int seed = 0; seed < 4; seed++) {
        SplittableRandom random = new SplittableRandom(seed);
        String text = document(random, 120_000);
        assertThat(stream(encoder, text, random))
            .as("%s, seed %d", tokenizer.kind(), seed)
            .isEqualTo(tokenizer.encode(text));
      }
    }
  }

  @Test
  void givesTheTokensOfTheWholeWhereNothingSplits() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      StreamingEncoder encoder = tokenizer.streaming(SpecialTokens.ORDINARY);
      for (String unit :
          List.of("a", "A", " ", "=", "\n", "ab", "'", "😀", "中", "中A", "\u0301", "7")) {
        SplittableRandom random = new SplittableRandom(5);
        String run = unit.repeat(80_000 / unit.length());
        for (String text : List.of("(" + run + " \nb", " " + run + "'s", "=\n" + run + "  \nb")) {
          assertThat(stream(encoder, text, random))
              .as("%s, %s", tokenizer.kind(), unit)
              .isEqualTo(tokenizer.encode(text));
        }
      }
    }
  }

  @Test
  void holdsLittleOfARunOfAnyLength() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      StreamingEncoder encoder = tokenizer.streaming(SpecialTokens.ORDINARY);
      for (String unit : List.of("a", "A", " ", "-", "\n", "中", "7")) {
        byte[] run = unit.repeat(50_000).getBytes(StandardCharsets.UTF_8);
        TokenBuffer out = new TokenBuffer();
        for (int i = 0; i < 5; i++) {
          encoder.feed(run, 0, run.length, out);
          assertThat(encoder.capacity()).as("%s, %s", tokenizer.kind(), unit).isEqualTo(1 << 16);
        }
        encoder.finish(out);
        assertThat(out.toArray())
            .as("%s, %s", tokenizer.kind(), unit)
            .isEqualTo(tokenizer.encode(unit.repeat(250_000)));
      }
    }
  }

  @Test
  void refusesWhatItCannotHold() {
    byte[] caseless = "中A".repeat(1 << 18).getBytes(StandardCharsets.UTF_8);
    TokenBuffer out = new TokenBuffer();
    StreamingEncoder words =
        Tokenizers.named("o200k_base").orElseThrow().streaming(SpecialTokens.ORDINARY);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) {
                words.feed(caseless, 0, caseless.length, out);
              }
            })
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("text, byte 0: found more than 67108864 bytes without a place");
  }

  @Test
  void findsSpecialTokensAcrossChunks() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      StreamingEncoder encoder = tokenizer.streaming(SpecialTokens.ALLOW);
      SplittableRandom random = new SplittableRandom(6);
      String text = document(random, 150_000) + "<|endoftext|><|endof" + document(random, 90_000);
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      TokenBuffer whole = new TokenBuffer();
      tokenizer.encode(utf8, 0, utf8.length, SpecialTokens.ALLOW, whole);
      assertThat(whole.toArray()).contains(tokenizer.endOfText().getAsInt());
      assertThat(stream(encoder, text, random)).isEqualTo(whole.toArray());
    }
  }

  @Test
  void namesPositionsInTheDocument() {
    StreamingEncoder encoder = TOKENIZERS.get(2).streaming(SpecialTokens.REFUSE);
    TokenBuffer out = new TokenBuffer();
    byte[] words = "word ".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    encoder.feed(words, 0, words.length, out);
    byte[] special = "<|endoftext|>".getBytes(StandardCharsets.UTF_8);
    encoder.feed(special, 0, special.length, out);
    assertThatThrownBy(() -> encoder.finish(out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("text, byte 500000: found the special token <|endoftext|>");

    encoder.reset();
    encoder.feed(words, 0, words.length, out);
    encoder.feed(new byte[] {'a', (byte) 0xE4, (byte) 0xB8}, 0, 3, out);
    assertThatThrownBy(() -> encoder.finish(out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("text, byte 500001: expected UTF-8 text, found 0xe4");

    encoder.reset();
    encoder.feed(new byte[] {(byte) 0xFF}, 0, 1, out);
    assertThatThrownBy(() -> encoder.feed(words, 0, words.length, out))
        .hasMessageStartingWith("text, byte 0: expected UTF-8 text, found 0xff");
  }

  @Test
  void namesAnUnknownCharacterByItsPositionInTheDocument() {
    StreamingEncoder encoder =
        CharacterTokenizer.train(new CodePoints().add("é")).streaming(SpecialTokens.REFUSE);
    TokenBuffer out = new TokenBuffer();
    byte[] known = "é".repeat(100_000).getBytes(StandardCharsets.UTF_8);
    encoder.feed(known, 0, known.length, out);
    encoder.feed(new byte[] {'x'}, 0, 1, out);
    assertThatThrownBy(() -> encoder.finish(out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("text, character 100000: U+0078 'x' is not among");
  }

  private static String document(SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      text.append(RandomText.next(random));
    }
    return text.toString();
  }

  private static int[] stream(StreamingEncoder encoder, String text, SplittableRandom random) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    TokenBuffer out = new TokenBuffer();
    for (int from = 0; from < utf8.length; ) {
      int to = Math.min(utf8.length, from + 1 + random.nextInt(50_000));
      encoder.feed(utf8, from, to, out);
      from = to;
    }
    encoder.finish(out);
    return out.toArray();
  }
}
