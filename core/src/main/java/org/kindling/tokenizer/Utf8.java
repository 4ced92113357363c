package org.kindling.tokenizer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Text to UTF-8 without loss, and what can be asked of UTF-8. */
final class Utf8 {
  static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NOT_ASCII = 0x8080808080808080L;

  private Utf8() {}

  /**
   * The text's bytes.
   *
   * @throws IllegalArgumentException if a surrogate has no partner; Java's own conversion would put
   *     a question mark in its place
   */
  static byte[] encode(String text) {
    requirePaired(text);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * @throws IllegalArgumentException if a surrogate has no partner
   */
  static void requirePaired(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean paired =
          Character.isHighSurrogate(c)
              && i + 1 < length
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!paired) {
        throw unpaired(text, i);
      }
      i++;
    }
  }

  /** Bytes of the character that starts with this byte. */
  static int width(byte lead) {
    if (lead >= 0) {
      return 1;
    }
    return lead < (byte) 0xE0 ? 2 : lead < (byte) 0xF0 ? 3 : 4;
  }

  /** The character of two to four bytes that starts at a position of valid UTF-8. */
  static int codePoint(byte[] utf8, int position) {
    int lead = utf8[position];
    int second = utf8[position + 1] & 0x3F;
    if (lead < (byte) 0xE0) {
      return (lead & 0x1F) << 6 | second;
    }
    int third = utf8[position + 2] & 0x3F;
    if (lead < (byte) 0xF0) {
      return (lead & 0x0F) << 12 | second << 6 | third;
    }
    return (lead & 0x07) << 18 | second << 12 | third << 6 | utf8[position + 3] & 0x3F;
  }

  /**
   * Where the text first is not UTF-8, or {@code to} if it is throughout. A character that {@code
   * to} cuts is not UTF-8.
   */
  static int firstMalformed(byte[] utf8, int from, int to) {
    int position = from;
    while (position < to) {
      if (position + 8 <= to && ((long) LONGS.get(utf8, position) & NOT_ASCII) == 0) {
        position += 8;
      } else if (utf8[position] >= 0) {
        position++;
      } else {
        int width = wellFormed(utf8, position, to);
        if (width == 0) {
          return position;
        }
        position += width;
      }
    }
    return to;
  }

  /** Bytes of the character that starts here, or 0 if none does: table 3-7 of Unicode. */
  private static int wellFormed(byte[] utf8, int position, int to) {
    int lead = utf8[position] & 0xFF;
    int width = width(utf8[position]);
    if (lead < 0xC2 || lead > 0xF4 || position + width > to) {
      return 0;
    }
    int second = utf8[position + 1] & 0xFF;
    int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < lowest || second > highest) {
      return 0;
    }
    for (int i = 2; i < width; i++) {
      if ((utf8[position + i] & 0xC0) != 0x80) {
        return 0;
      }
    }
    return width;
  }

  /**
   * @param offset where in the document {@code utf8[from]} lies
   * @throws IllegalArgumentException naming the first byte that is not UTF-8
   */
  static void requireWellFormed(byte[] utf8, int from, int to, long offset) {
    int malformed = firstMalformed(utf8, from, to);
    if (malformed < to) {
      throw new IllegalArgumentException(
          String.format(
              "text, byte %d: expected UTF-8 text, found 0x%02x; convert the text to UTF-8",
              offset + malformed - from, utf8[malformed]));
    }
  }

  static IllegalArgumentException unpaired(String text, int index) {
    return new IllegalArgumentException(
        String.format(
            "text, character %d: found the unpaired surrogate U+%04X, which no encoding of Unicode"
                + " can hold; repair or drop the text",
            text.codePointCount(0, index), (int) text.charAt(index)));
  }
}
