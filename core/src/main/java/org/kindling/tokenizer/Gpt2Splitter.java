package org.kindling.tokenizer;

/**
 * Cuts UTF-8 text into the pieces of {@link Splitting#GPT2} without a regular expression.
 *
 * <p>Letters, numbers and white space are as the Unicode version of this Java runtime has them.
 */
final class Gpt2Splitter {
  private static final byte LETTER = 1;
  private static final byte NUMBER = 2;
  private static final byte SPACE = 3;
  private static final byte OTHER = 4;

  /** By code point; one megabyte, once. */
  private static final byte[] CLASSES = classes();

  private Gpt2Splitter() {}

  /**
   * The end of the piece that starts at {@code start}.
   *
   * @param utf8 valid UTF-8
   * @param start first byte of a character, before {@code end}
   * @param end where the text ends
   */
  static int next(byte[] utf8, int start, int end) {
    int position = start;
    byte first = utf8[position];
    if (first == '\'') {
      int contraction = contraction(utf8, position, end);
      if (contraction > position) {
        return contraction;
      }
    }
    if (first == ' ' && position + 1 < end) {
      position++;
    }
    byte kind = classAt(utf8, position);
    if (kind == SPACE) {
      return whiteSpace(utf8, start, end);
    }
    do {
      position += width(utf8[position]);
    } while (position < end && classAt(utf8, position) == kind);
    return position;
  }

  private static int contraction(byte[] utf8, int apostrophe, int end) {
    if (apostrophe + 1 >= end) {
      return apostrophe;
    }
    byte a = utf8[apostrophe + 1];
    if (a == 's' || a == 't' || a == 'm' || a == 'd') {
      return apostrophe + 2;
    }
    if (apostrophe + 2 < end) {
      byte b = utf8[apostrophe + 2];
      if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) {
        return apostrophe + 3;
      }
    }
    return apostrophe;
  }

  /** A run of white space, less its last character if a word follows that may want it. */
  private static int whiteSpace(byte[] utf8, int start, int end) {
    int position = start;
    int last = start;
    while (position < end && classAt(utf8, position) == SPACE) {
      last = position;
      position += width(utf8[position]);
    }
    return position == end || last == start ? position : last;
  }

  private static byte classAt(byte[] utf8, int position) {
    int b = utf8[position];
    return CLASSES[b >= 0 ? b : codePoint(utf8, position)];
  }

  private static int width(byte lead) {
    if (lead >= 0) {
      return 1;
    }
    return lead < (byte) 0xE0 ? 2 : lead < (byte) 0xF0 ? 3 : 4;
  }

  private static int codePoint(byte[] utf8, int at) {
    int lead = utf8[at];
    int second = utf8[at + 1] & 0x3F;
    if (lead < (byte) 0xE0) {
      return (lead & 0x1F) << 6 | second;
    }
    int third = utf8[at + 2] & 0x3F;
    if (lead < (byte) 0xF0) {
      return (lead & 0x0F) << 12 | second << 6 | third;
    }
    return (lead & 0x07) << 18 | second << 12 | third << 6 | utf8[at + 3] & 0x3F;
  }

  private static byte[] classes() {
    byte[] classes = new byte[Character.MAX_CODE_POINT + 1];
    for (int c = 0; c < classes.length; c++) {
      classes[c] =
          switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER ->
                LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                NUMBER;
            case Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                SPACE;
            default -> (c >= '\t' && c <= '\r') || c == 0x85 ? SPACE : OTHER;
          };
    }
    return classes;
  }
}
