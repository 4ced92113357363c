package org.kindling.tokenizer;

/**
 * Up to 64 bytes of text as sets of positions, one bit each, so that the pieces among them are cut
 * by a few dozen operations on longs instead of a branch for every piece, which the processor
 * cannot foresee. Holds ASCII alone: it ends before the first other character. Not thread-safe.
 */
final class AsciiWindow {
  private static final int BYTES = 64;
  private static final int FEWEST_BYTES = 24;
  private static final long NOT_ASCII = 0x8080808080808080L;

  // What a character is, in four bits: white space and letters have one of their own.
  private static final int OTHER = 0;
  private static final int SLASH = 1;
  private static final int APOSTROPHE = 2;
  private static final int DIGIT = 3;
  private static final int WHITE_SPACE = 4;
  private static final int SPACE = WHITE_SPACE;
  private static final int OTHER_BLANK = WHITE_SPACE | 1;
  private static final int NEWLINE = WHITE_SPACE | 2;
  private static final int LETTER = 8;
  private static final int LOWER = LETTER;
  private static final int UPPER = LETTER | 1;

  private static final int PLANE = 16;

  // By character: its four bits, 16 apart, so that those of 16 characters fit into a long.
  private static final long[] KINDS = kinds();

  /** Where there is text. */
  long all;

  long letters;
  long upper;
  long digits;

  /** White space other than line ends; {@link #spaces} are those that are U+0020. */
  long blanks;

  long spaces;
  long newlines;

  /** All else. */
  long symbols;

  long apostrophes;
  long slashes;

  /**
   * Reads from {@code start} on.
   *
   * @return false if there are too few bytes before {@code end} or too few of them ASCII to be
   *     worth it; then nothing was read
   */
  boolean read(byte[] utf8, int start, int end) {
    if (start > end - BYTES || !isAscii(utf8, start, start + FEWEST_BYTES)) {
      return false;
    }
    int length = FEWEST_BYTES;
    if (isAscii(utf8, start + FEWEST_BYTES, start + BYTES)) {
      length = BYTES;
    } else {
      while (utf8[start + length] >= 0) {
        length++;
      }
    }
    all = -1L >>> BYTES - length;
    classify(
        kindsOf(utf8, start),
        kindsOf(utf8, start + PLANE),
        kindsOf(utf8, start + 2 * PLANE),
        kindsOf(utf8, start + 3 * PLANE));
    return true;
  }

  private static boolean isAscii(byte[] utf8, int from, int to) {
    long any = 0;
    for (int i = from; i < to; i += 8) {
      any |= (long) Utf8.LONGS.get(utf8, i);
    }
    return (any & NOT_ASCII) == 0;
  }

  /** The positions before the first of a set; all if it is empty. */
  static long before(long positions) {
    return Long.lowestOneBit(positions) - 1;
  }

  /** The positions up to the first of a set, and this; all if it is empty. */
  static long upTo(long positions) {
    return (Long.lowestOneBit(positions) << 1) - 1;
  }

  private void classify(long a, long b, long c, long d) {
    long bit0 = plane(0, a, b, c, d);
    long bit1 = plane(1, a, b, c, d);
    long whiteSpace = plane(2, a, b, c, d) & all;
    letters = plane(3, a, b, c, d) & all;
    upper = letters & bit0;
    newlines = whiteSpace & bit1;
    blanks = whiteSpace & ~bit1;
    spaces = blanks & ~bit0;
    long rest = all & ~letters & ~whiteSpace;
    digits = rest & bit1 & bit0;
    symbols = rest & ~digits;
    apostrophes = symbols & bit1;
    slashes = symbols & bit0;
  }

  /** One bit of the kinds of all characters. */
  private static long plane(int bit, long a, long b, long c, long d) {
    int at = bit * PLANE;
    return a >>> at & 0xFFFF
        | (b >>> at & 0xFFFF) << PLANE
        | (c >>> at & 0xFFFF) << 2 * PLANE
        | d >>> at << 3 * PLANE;
  }

  private static long kindsOf(byte[] utf8, int start) {
    return kindsOfEight((long) Utf8.LONGS.get(utf8, start))
        | kindsOfEight((long) Utf8.LONGS.get(utf8, start + 8)) << 8;
  }

  private static long kindsOfEight(long bytes) {
    return KINDS[(int) bytes & 0x7F]
        | KINDS[(int) (bytes >>> 8) & 0x7F] << 1
        | KINDS[(int) (bytes >>> 16) & 0x7F] << 2
        | KINDS[(int) (bytes >>> 24) & 0x7F] << 3
        | KINDS[(int) (bytes >>> 32) & 0x7F] << 4
        | KINDS[(int) (bytes >>> 40) & 0x7F] << 5
        | KINDS[(int) (bytes >>> 48) & 0x7F] << 6
        | KINDS[(int) (bytes >>> 56) & 0x7F] << 7;
  }

  private static long[] kinds() {
    long[] kinds = new long[128];
    for (int c = 0; c < kinds.length; c++) {
      int kind = kindOf(c);
      for (int bit = 0; bit < 4; bit++) {
        kinds[c] |= (long) (kind >>> bit & 1) << bit * PLANE;
      }
    }
    return kinds;
  }

  private static int kindOf(int c) {
    return switch (CharacterClasses.of(c)) {
      case CharacterClasses.UPPER -> UPPER;
      case CharacterClasses.LOWER -> LOWER;
      case CharacterClasses.NUMBER -> DIGIT;
      case CharacterClasses.NEWLINE -> NEWLINE;
      case CharacterClasses.SPACE -> c == ' ' ? SPACE : OTHER_BLANK;
      default -> c == '\'' ? APOSTROPHE : c == '/' ? SLASH : OTHER;
    };
  }
}
