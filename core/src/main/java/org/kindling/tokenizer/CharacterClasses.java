package org.kindling.tokenizer;

/**
 * The classes of characters that the splitters tell apart, one bit each, by code point.
 *
 * <p>Letters, marks, numbers and white space are as the Unicode version of this Java runtime has
 * them (13 in Java 17). Characters that later versions added are {@link #OTHER} here.
 */
final class CharacterClasses {
  /** Upper case and title case letters. */
  static final int UPPER = 1;

  static final int LOWER = 2;

  /** Modifier letters and letters without case. */
  static final int CASELESS = 4;

  static final int LETTER = UPPER | LOWER | CASELESS;
  static final int MARK = 8;
  static final int NUMBER = 16;

  /** White space other than {@link #NEWLINE}. */
  static final int SPACE = 32;

  /** Carriage return and line feed. */
  static final int NEWLINE = 64;

  static final int WHITE_SPACE = SPACE | NEWLINE;
  static final int OTHER = 128;

  /** What is neither letter, number nor white space. */
  static final int SYMBOL = OTHER | MARK;

  /** By code point; one megabyte, once. */
  private static final byte[] CLASSES = classes();

  private CharacterClasses() {}

  /** The class of the character that starts at a position of valid UTF-8. */
  static int at(byte[] utf8, int position) {
    int lead = utf8[position];
    return CLASSES[lead >= 0 ? lead : Utf8.codePoint(utf8, position)] & 0xFF;
  }

  /** The class of a character. */
  static int of(int codePoint) {
    return CLASSES[codePoint] & 0xFF;
  }

  private static byte[] classes() {
    byte[] classes = new byte[Character.MAX_CODE_POINT + 1];
    for (int c = 0; c < classes.length; c++) {
      classes[c] = (byte) classOf(c);
    }
    return classes;
  }

  private static int classOf(int c) {
    if (c == '\r' || c == '\n') {
      return NEWLINE;
    }
    return switch (Character.getType(c)) {
      case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> UPPER;
      case Character.LOWERCASE_LETTER -> LOWER;
      case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> CASELESS;
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          MARK;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          SPACE;
      default -> (c >= '\t' && c <= '\r') || c == 0x85 ? SPACE : OTHER;
    };
  }
}
