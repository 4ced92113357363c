package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What every tokenizer promises. */
class RoundTripTest {
  private static final List<Tokenizer> TOKENIZERS = tokenizers();

  private static List<Tokenizer> tokenizers() {
    CodePoints all = new CodePoints();
    PieceCounts counts = new PieceCounts();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 500; i++) {
      counts.addText(RandomText.next(random));
    }
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
        all.add(Character.toString(c));
      }
    }
    List<Tokenizer> tokenizers = new ArrayList<>();
    tokenizers.add(CharacterTokenizer.train(all));
    tokenizers.add(BytePairTrainer.train(counts, 600));
    Stream.of("byte", "gpt2", "cl100k_base", "o200k_base")
        .forEach(name -> tokenizers.add(Tokenizers.named(name).orElseThrow()));
    return tokenizers;
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.randoms().map(r -> RandomText.next(new SplittableRandom(r.nextLong())));
  }

  @Property(tries = 400)
  void decodingGivesTheTextBack(@ForAll("texts") String text) {
    for (Tokenizer tokenizer : TOKENIZERS) {
      int[] ids = tokenizer.encode(text);
      assertThat(tokenizer.decodeText(ids)).as(tokenizer.kind()).isEqualTo(text);
      assertThat(Arrays.stream(ids).allMatch(id -> id >= 0 && id < tokenizer.vocabulary()))
          .as(tokenizer.kind())
          .isTrue();
    }
  }

  @Test
  void theEndOfTextIsTheLastKnownIdAndStandsForNoText() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      if (tokenizer.endOfText().isEmpty()) {
        continue;
      }
      int end = tokenizer.endOfText().getAsInt();
      int[] text = tokenizer.encode("a<|endoftext|>b");
      assertThat(text).as(tokenizer.kind()).doesNotContain(end);
      int[] document = Arrays.copyOf(text, text.length + 1);
      document[text.length] = end;
      assertThat(tokenizer.decodeText(document)).isEqualTo("a<|endoftext|>b");
    }
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      for (int id : new int[] {-1, tokenizer.vocabulary(), Integer.MAX_VALUE}) {
        assertThatThrownBy(() -> tokenizer.decode(new int[] {65, id}))
            .as(tokenizer.kind())
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("token 1: id " + id + " is not in the vocabulary");
      }
    }
  }

  @Test
  void unpairedSurrogatesAreRefused() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      assertThatThrownBy(() -> tokenizer.encode("😀a\udc00"))
          .as(tokenizer.kind())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("text, character 2: ")
          .hasMessageContaining("U+DC00");
    }
  }

  @Test
  void jsonGivesTheSameTokenizerBack() {
    for (Tokenizer tokenizer : TOKENIZERS) {
      Tokenizer read = Tokenizers.fromJson(tokenizer.toJson());
      assertThat(read.kind()).isEqualTo(tokenizer.kind());
      assertThat(read.vocabulary()).isEqualTo(tokenizer.vocabulary());
      assertThat(read.endOfText()).isEqualTo(tokenizer.endOfText());
      assertThat(read.hash()).isEqualTo(tokenizer.hash()).hasSize(64);
      String text = "Let's see: 1234 naïve\n\n  words, 한국어.";
      assertThat(read.encode(text)).isEqualTo(tokenizer.encode(text));
    }
  }

  @Test
  void differentTokenizersHaveDifferentHashes() {
    assertThat(TOKENIZERS.stream().map(Tokenizer::hash).distinct()).hasSize(TOKENIZERS.size());
  }
}
