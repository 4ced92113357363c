package org.kindling.spark.documents;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;

/**
 * The text of a {@link ValidText} in normalization form C, in bounded memory: it is cut before
 * characters that neither combine with what precedes them nor are moved across it. Not thread-safe.
 *
 * @see <a href="https://unicode.org/reports/tr15/">Unicode Standard Annex 15</a>
 */
final class ComposedText {
  /** Lead bytes below this stand for characters below U+0300, which are in form C as they are. */
  private static final int FIRST_LEAD_THAT_MATTERS = 0xcc;

  private static final int LONGEST_RUN_BYTES = 1 << 24;

  private final ValidText source;
  private byte[] held = new byte[1 << 16];
  private int heldBytes;
  private byte[] ready = {};
  private int given;
  private int readyBytes;
  private boolean ended;

  ComposedText(ValidText source) {
    this.source = source;
  }

  /** The source is at the start of another record. */
  void restart() {
    heldBytes = 0;
    given = 0;
    readyBytes = 0;
    ended = false;
  }

  /** Like {@link ValidText#read}. */
  int read(byte[] utf8, int from, int length) throws IOException {
    while (given == readyBytes) {
      if (ended) {
        return -1;
      }
      compose();
    }
    int cut =
        Utf8Validator.boundary(ready, given, Math.min(readyBytes, given + length), readyBytes);
    int count = cut - given;
    System.arraycopy(ready, given, utf8, from, count);
    given = cut;
    return count;
  }

  private void compose() throws IOException {
    if (held.length - heldBytes < 4) {
      if (held.length >= LONGEST_RUN_BYTES) {
        throw new MalformedDocumentException(
            new IllegalArgumentException(
                "--normalize nfc: more than "
                    + LONGEST_RUN_BYTES
                    + " bytes of combining characters in a row are no text; choose --on-malformed"
                    + " skip, or --normalize none"));
      }
      held = Arrays.copyOf(held, 2 * held.length);
    }
    int count = source.read(held, heldBytes, held.length - heldBytes);
    ended = count < 0;
    heldBytes += Math.max(0, count);
    int cut = ended ? heldBytes : lastStart();
    if (isComposed(cut)) {
      ready = ready.length < cut ? new byte[held.length] : ready;
      System.arraycopy(held, 0, ready, 0, cut);
      readyBytes = cut;
    } else {
      String text = new String(held, 0, cut, StandardCharsets.UTF_8);
      ready = Normalizer.normalize(text, Normalizer.Form.NFC).getBytes(StandardCharsets.UTF_8);
      readyBytes = ready.length;
    }
    given = 0;
    heldBytes -= cut;
    System.arraycopy(held, cut, held, 0, heldBytes);
  }

  private boolean isComposed(int to) {
    for (int i = 0; i < to; i++) {
      if ((held[i] & 0xff) >= FIRST_LEAD_THAT_MATTERS) {
        return false;
      }
    }
    return true;
  }

  /** Where the last character begins that is independent of what precedes it; 0 if none does. */
  private int lastStart() {
    for (int at = heldBytes - 1; at > 0; at--) {
      if ((held[at] & 0xc0) != 0x80 && isIndependent(codePoint(at))) {
        return at;
      }
    }
    return 0;
  }

  private int codePoint(int at) {
    int length = Utf8Validator.character(held, at, heldBytes);
    return new String(held, at, length, StandardCharsets.UTF_8).codePointAt(0);
  }

  /** Only marks and the vowels and finals of Hangul and Kirat Rai combine with what precedes. */
  static boolean isIndependent(int character) {
    if (character < 0x300) {
      return true;
    }
    int type = Character.getType(character);
    return type != Character.NON_SPACING_MARK
        && type != Character.COMBINING_SPACING_MARK
        && type != Character.ENCLOSING_MARK
        && type != Character.UNASSIGNED
        && !(character >= 0x1160 && character <= 0x11ff)
        && !(character >= 0x16d40 && character <= 0x16d7f);
  }
}
