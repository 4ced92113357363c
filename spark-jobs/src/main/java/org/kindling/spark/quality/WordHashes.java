package org.kindling.spark.quality;

import java.util.function.LongConsumer;

/**
 * Cuts UTF-8 into words and hashes them. A word is a run of letters, digits and marks, in lower
 * case; characters of scripts that are written without spaces (ideographs, kana, Thai, Lao, Khmer,
 * Burmese) are words of their own. Not thread-safe.
 */
final class WordHashes {
  private static final int SEPARATOR = 0;

  /** Lower-case form of ASCII letters and digits; {@link #SEPARATOR} for all else. */
  private static final byte[] ASCII = new byte[128];

  static {
    for (char c = 0; c < 128; c++) {
      ASCII[c] = (byte) (Character.isLetterOrDigit(c) ? Character.toLowerCase(c) : SEPARATOR);
    }
  }

  private final LongConsumer words;
  private long hash;
  private boolean inside;

  WordHashes(LongConsumer words) {
    this.words = words;
  }

  /** Takes whole characters of a document. */
  void accept(byte[] utf8, int length) {
    for (int i = 0; i < length; ) {
      int lead = utf8[i];
      if (lead >= 0) {
        i++;
        acceptWordCharacter(ASCII[lead]);
      } else {
        int bytes = lead >= (byte) 0xf0 ? 4 : lead >= (byte) 0xe0 ? 3 : 2;
        acceptCodePoint(decode(utf8, i, bytes));
        i += bytes;
      }
    }
  }

  private static int decode(byte[] utf8, int at, int bytes) {
    int character = utf8[at] & (0x7f >> bytes);
    for (int i = 1; i < bytes; i++) {
      character = character << 6 | utf8[at + i] & 0x3f;
    }
    return character;
  }

  private void acceptWordCharacter(int lowerCase) {
    if (lowerCase != SEPARATOR) {
      hash = (inside ? hash : 0) * 0x9e3779b97f4a7c15L + lowerCase;
      inside = true;
    } else if (inside) {
      endWord();
    }
  }

  private void acceptCodePoint(int character) {
    if (standsAlone(character)) {
      endDocument();
      acceptWordCharacter(character);
      endWord();
    } else {
      acceptWordCharacter(isPart(character) ? Character.toLowerCase(character) : SEPARATOR);
    }
  }

  private static boolean isPart(int character) {
    int type = Character.getType(character);
    return Character.isLetterOrDigit(character)
        || type == Character.NON_SPACING_MARK
        || type == Character.COMBINING_SPACING_MARK;
  }

  private static boolean standsAlone(int character) {
    return character >= 0x0e00
        && Character.isLetter(character)
        && (character >= 0x3040 && character <= 0x30ff
            || Character.isIdeographic(character)
            || character <= 0x0eff
            || character >= 0x1000 && character <= 0x109f
            || character >= 0x1780 && character <= 0x17ff);
  }

  private void endWord() {
    inside = false;
    words.accept(Hashing.mix(hash));
  }

  /** The last word ends with the document. */
  void endDocument() {
    if (inside) {
      endWord();
    }
  }
}
