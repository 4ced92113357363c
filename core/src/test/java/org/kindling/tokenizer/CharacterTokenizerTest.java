package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CharacterTokenizerTest {
  private final Tokenizer tokenizer =
      CharacterTokenizer.train(new CodePoints().add("b\n😀").merge(new CodePoints().add("aé b")));

  @Test
  void numbersCharactersByCodePoint() {
    assertThat(tokenizer.vocabulary()).isEqualTo(6);
    assertThat(tokenizer.encode("\n abé😀")).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(tokenizer.decodeText(new int[] {5, 4, 2})).isEqualTo("😀éa");
    assertThat(tokenizer.endOfText()).isEmpty();
    assertThat(tokenizer.kind()).isEqualTo("char");
  }

  @Test
  void namesAnUnknownCharacterAndItsPosition() {
    assertThatThrownBy(() -> tokenizer.encode("😀ab\u00fc"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("text, character 3: U+00FC 'ü' is not among the 6 characters")
        .hasMessageContaining("train the tokenizer on text that has it");
    assertThatThrownBy(() -> tokenizer.encode("a\u0000"))
        .hasMessageStartingWith("text, character 1: U+0000 is not among");
  }

  @Test
  void refusesUnknownIds() {
    assertThatThrownBy(() -> tokenizer.decode(new int[] {0, 6}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("token 1: id 6 is not in the vocabulary of 6 entries");
  }

  @Test
  void refusesToLearnFromNothingOrFromBrokenText() {
    assertThatThrownBy(() -> CharacterTokenizer.train(new CodePoints().add("")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found no characters");
    assertThatThrownBy(() -> new CodePoints().add("ab\ud800c"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("text, character 2: found the unpaired surrogate U+D800");
  }
}
