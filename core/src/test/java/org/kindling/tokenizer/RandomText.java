package org.kindling.tokenizer;

import java.util.SplittableRandom;

/**
 * Text that is hard on tokenizers: all kinds of characters, and fragments at which rules differ.
 */
final class RandomText {
  private static final String[] FRAGMENTS = {
    " ",
    "  ",
    "   ",
    "\n",
    "\r\n",
    "\t",
    "'s",
    "'LL",
    "'Re",
    "'ll",
    "'t",
    "'",
    "a",
    "B",
    "Foo",
    "bar",
    "the",
    " the",
    "ß",
    "Ⅷ",
    "ǅ",
    "ʰ",
    "中",
    "ありがとう",
    "\u0301",
    "é",
    "😀",
    "123",
    "٣",
    "/",
    "//",
    "...",
    " \n",
    "\u00a0",
    "\u3000",
    "\u0085",
    "\u200b",
    "\u2028",
    "\u001c",
    "_",
    "(",
    "\u017f",
    "'\u017f",
    "\u212a",
    "'S",
    "'rE",
    "'VE",
    "'m",
    "'D",
    "''",
    "\r",
    "\n\n",
    " \r\n ",
    "/\n/",
    "\u0302\u0327",
    "\u200d",
    "👩\u200d👩\u200d👧",
    "🏳\ufe0f\u200d🌈",
    "ABC",
    "中A",
    "aB",
    "x1",
    "1234",
    "০১২৩",
    "Ⅻ",
    "𝟘𝟙",
    "𐐀𐐨",
    "𠀀",
    "\u1680",
    "\u2003",
    "\u180e",
    "\u000b",
    "\ufeff",
    "…",
    "—",
    "<|endoftext|>",
    "\0",
    "½",
    "ñandú",
    "ИВАН",
    "हिन्दी",
    "ไทย",
    "한국어",
    "aaaaaaaaaaaaaaaaaaaaaaaaa",
    "                    ",
    "----------------"
  };

  private RandomText() {}

  /** Up to forty fragments or arbitrary characters, no surrogates among them. */
  static String next(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    boolean arbitrary = random.nextInt(3) == 0;
    for (int n = random.nextInt(40); n > 0; n--) {
      if (arbitrary) {
        text.appendCodePoint(character(random));
      } else {
        text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
      }
    }
    return text.toString();
  }

  private static int character(SplittableRandom random) {
    int limit = random.nextInt(4) == 0 ? Character.MAX_CODE_POINT + 1 : 0x3100;
    int c = random.nextInt(limit);
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 'x' : c;
  }
}
