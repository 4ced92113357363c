package org.kindling.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SplittingTest {
  @ParameterizedTest
  @EnumSource(Splitting.class)
  void splitsLikeTheRegularExpression(Splitting splitting) {
    Pattern regex = regex(splitting);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 10_000; i++) {
      String text = RandomText.next(random);
      assertThat(split(splitting, text)).as("text %s", text).isEqualTo(splitByRegex(regex, text));
    }
  }

  @ParameterizedTest
  @EnumSource(Splitting.class)
  void classifiesEveryCharacterLikeTheRegularExpression(Splitting splitting) {
    Pattern regex = regex(splitting);
    List<String> differing = new ArrayList<>();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        continue;
      }
      String character = Character.toString(c);
      // Between a letter, a number, upper and lower case, a symbol and a line end it tells itself.
      String text = "a" + character + "A" + character + "b" + character + "1+" + character + "\n";
      if (!split(splitting, text).equals(splitByRegex(regex, text))) {
        differing.add(String.format("U+%04X", c));
      }
    }
    assertThat(differing).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(Splitting.class)
  void cutsManyPiecesAtOnceAsItCutsOneByOne(Splitting splitting) {
    // One of each kind that a splitter tells apart, and letters that make contractions.
    String characters = "aZs19  \t\r\n\n.('/é\u0301";
    SplittableRandom random = new SplittableRandom(3);
    AsciiWindow window = new AsciiWindow();
    int cuts = 0;
    for (int i = 0; i < 50_000; i++) {
      byte[] text = textOf(characters, random).getBytes(StandardCharsets.UTF_8);
      for (int start = 0; start < text.length; ) {
        int next = splitting.next(text, start, text.length);
        int base = start;
        for (long found = splitting.cuts(text, start, text.length, window);
            found != 0;
            found &= found - 1) {
          int end = base + Long.numberOfTrailingZeros(found);
          assertThat(end)
              .as("from %d of %s", start, new String(text, StandardCharsets.UTF_8))
              .isEqualTo(next);
          cuts++;
          start = end;
          next = splitting.next(text, start, text.length);
        }
        start = next;
      }
    }
    assertThat(cuts).isGreaterThan(400_000);
  }

  @Test
  void keepsTheLastSpaceForTheWordThatFollows() {
    assertThat(split(Splitting.GPT2, "it's   we'll 42nd\n\n x"))
        .containsExactly("it", "'s", "  ", " we", "'ll", " 42", "nd", "\n\n", " x");
  }

  @Test
  void takesTheLongSForAnS() {
    assertThat(split(Splitting.GPT2, "it'\u017f")).containsExactly("it", "'", "\u017f");
    assertThat(split(Splitting.CL100K, "it'\u017f")).containsExactly("it", "'\u017f");
    assertThat(split(Splitting.O200K, "it'\u017f")).containsExactly("it'\u017f");
  }

  @ParameterizedTest
  @EnumSource(Splitting.class)
  void cutsWhereWhatFollowsDoesNotMatter(Splitting splitting) {
    SplittableRandom random = new SplittableRandom(2);
    int cuts = 0;
    for (int i = 0; i < 10_000; i++) {
      byte[] text = RandomText.next(random).getBytes(StandardCharsets.UTF_8);
      int cut = splitting.lastCut(text, 0, text.length);
      cuts += cut > 0 ? 1 : 0;
      for (int round = 0; round < 3 && cut > 0; round++) {
        String before = new String(text, 0, cut, StandardCharsets.UTF_8);
        String after = new String(text, cut, text.length - cut, StandardCharsets.UTF_8);
        // What is before the text plays no part in it, so a text may be put there.
        String follows = after + (round == 0 ? "" : RandomText.next(random));
        List<String> parts = split(splitting, before);
        parts.addAll(split(splitting, follows));
        assertThat(split(splitting, before + follows)).as("%s|%s", before, after).isEqualTo(parts);
      }
    }
    assertThat(cuts).isGreaterThan(7_500);
  }

  /** Up to 100 runs; their lengths are such that most texts have long ones too. */
  private static String textOf(String characters, SplittableRandom random) {
    // Few of them in one text make what is rare in all of them common in some.
    int first = random.nextInt(characters.length());
    int last = random.nextInt(first, characters.length());
    int longest = 1 << random.nextInt(5);
    StringBuilder text = new StringBuilder();
    for (int runs = 30 + random.nextInt(70); runs > 0; runs--) {
      char c = characters.charAt(random.nextInt(first, last + 1));
      text.append(String.valueOf(c).repeat(1 + random.nextInt(longest)));
    }
    return text.toString();
  }

  /** The flag makes white space and case Unicode's, as in the encodings' own code. */
  private static Pattern regex(Splitting splitting) {
    return Pattern.compile(splitting.regex(), Pattern.UNICODE_CHARACTER_CLASS);
  }

  private static List<String> split(Splitting splitting, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    List<String> pieces = new ArrayList<>();
    for (int start = 0; start < utf8.length; ) {
      int end = splitting.next(utf8, start, utf8.length);
      pieces.add(new String(utf8, start, end - start, StandardCharsets.UTF_8));
      start = end;
    }
    return pieces;
  }

  private static List<String> splitByRegex(Pattern regex, String text) {
    List<String> pieces = new ArrayList<>();
    for (Matcher matcher = regex.matcher(text); matcher.find(); ) {
      pieces.add(matcher.group());
    }
    return pieces;
  }
}
