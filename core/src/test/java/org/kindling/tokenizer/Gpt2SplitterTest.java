package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class Gpt2SplitterTest {
  // The flag makes \s and \S mean Unicode white space, as in GPT-2's own code.
  private static final Pattern REGEX =
      Pattern.compile(Splitting.GPT2.regex(), Pattern.UNICODE_CHARACTER_CLASS);

  @Test
  void splitsLikeTheRegularExpression() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 30_000; i++) {
      String text = RandomText.next(random);
      assertThat(split(text)).as("text %s", text).isEqualTo(splitByRegex(text));
    }
  }

  @Test
  void classifiesEveryCharacterLikeTheRegularExpression() {
    List<String> differing = new ArrayList<>();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        continue;
      }
      for (String between : List.of("a", "1")) {
        String text = between + Character.toString(c) + between;
        if (!split(text).equals(splitByRegex(text))) {
          differing.add(String.format("U+%04X", c));
        }
      }
    }
    assertThat(differing).isEmpty();
  }

  @Test
  void keepsTheLastSpaceForTheWordThatFollows() {
    assertThat(split("it's   we'll 42nd\n\n x"))
        .containsExactly("it", "'s", "  ", " we", "'ll", " 42", "nd", "\n\n", " x");
  }

  private static List<String> split(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    List<String> pieces = new ArrayList<>();
    for (int start = 0; start < utf8.length; ) {
      int end = Gpt2Splitter.next(utf8, start, utf8.length);
      pieces.add(new String(utf8, start, end - start, StandardCharsets.UTF_8));
      start = end;
    }
    return pieces;
  }

  private static List<String> splitByRegex(String text) {
    List<String> pieces = new ArrayList<>();
    for (Matcher matcher = REGEX.matcher(text); matcher.find(); ) {
      pieces.add(matcher.group());
    }
    return pieces;
  }
}
