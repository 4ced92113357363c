package org.kindling.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecallSequencesTest {
  private static final int VALUES = 32;

  @Test
  void everyAnswerIsTheValueThatItsKeyCameWith() {
    RecallSequences sequences = new RecallSequences(8, 16, 12, VALUES, 5);
    for (int number = 0; number < 500; number++) {
      String text = sequences.sequence(number);
      assertThat(text).hasSize(8 + 2 * 16).hasSize(sequences.length());
      Map<Integer, Integer> valueOf = new HashMap<>();
      for (int i = 0; i < 8; i++) {
        int pair = text.charAt(i) - '\u4E00';
        assertThat(valueOf.put(pair / VALUES, pair % VALUES)).as("key twice").isNull();
      }
      for (int i = 8; i < text.length(); i += 2) {
        assertThat(RecallSequences.isQuestion(text.substring(i, i + 1))).isTrue();
        assertThat(RecallSequences.isQuestion(text.substring(i + 1, i + 2))).isFalse();
        int key = text.charAt(i) - '\u0400';
        assertThat(text.charAt(i + 1) - '\u1F00').isEqualTo(valueOf.get(key));
      }
    }
  }

  @Test
  void theSeedDecides() {
    RecallSequences sequences = new RecallSequences(8, 4, 16, VALUES, 5);
    assertThat(sequences.sequence(7))
        .isEqualTo(new RecallSequences(8, 4, 16, VALUES, 5).sequence(7))
        .isNotEqualTo(sequences.sequence(8))
        .isNotEqualTo(new RecallSequences(8, 4, 16, VALUES, 6).sequence(7));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, 2, --pairs: expected 1 to 256",
    "8, 0, 8, 2, --questions: expected 1 to 10000",
    "8, 1, 7, 2, --keys: expected 8 to 256",
    "8, 1, 8, 1, --values: expected 2 to 256",
    "8, 1, 256, 256, --keys: 256 keys times 256 values",
  })
  void refusesWhatCannotBeAsked(int pairs, int questions, int keys, int values, String message) {
    assertThatThrownBy(() -> new RecallSequences(pairs, questions, keys, values, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }
}
