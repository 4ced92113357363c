package org.kindling.tokenizer;

import static org.kindling.tokenizer.CharacterClasses.LETTER;

/**
 * Where runs of letters end. Eight bytes of ASCII are looked at in one go: most words then end
 * without a loop whose last turn the processor could not foresee.
 */
final class AsciiLetters {
  private static final long HIGH_BITS = 0x8080808080808080L;
  private static final long ONES = 0x0101010101010101L;
  private static final long LOWER_CASE = 0x20 * ONES;

  private AsciiLetters() {}

  /** The end of the run of letters of any script that begins at {@code start}. */
  static int lettersEnd(byte[] utf8, int start, int end) {
    int position = asciiEnd(utf8, start, end, LOWER_CASE);
    while (position < end
        && utf8[position] < 0
        && (CharacterClasses.at(utf8, position) & LETTER) != 0) {
      position = asciiEnd(utf8, position + Utf8.width(utf8[position]), end, LOWER_CASE);
    }
    return position;
  }

  /** The end of the run of {@code a} to {@code z} that begins at {@code start}. */
  static int lowerEnd(byte[] utf8, int start, int end) {
    return asciiEnd(utf8, start, end, 0);
  }

  /**
   * @param folding bits to set before a byte is compared with the lower case letters
   */
  private static int asciiEnd(byte[] utf8, int start, int end, long folding) {
    int position = start;
    while (position <= utf8.length - 8) {
      long others = notLower((long) Utf8.LONGS.get(utf8, position), folding);
      position += Long.numberOfTrailingZeros(others) >>> 3;
      if (others != 0 || position >= end) {
        return Math.min(position, end);
      }
    }
    while (position < end && notLower(utf8[position] & 0xFF, folding) << 56 == 0) {
      position++;
    }
    return position;
  }

  /** The high bits of the bytes that are not {@code a} to {@code z}. */
  private static long notLower(long bytes, long folding) {
    long low = (bytes | folding) & ~HIGH_BITS;
    // No byte carries into the next: 0x7F + 0x1F < 0x100.
    long fromA = low + (0x80 - 'a') * ONES;
    long beyondZ = low + (0x7F - 'z') * ONES;
    return (~fromA | beyondZ | bytes) & HIGH_BITS;
  }
}
