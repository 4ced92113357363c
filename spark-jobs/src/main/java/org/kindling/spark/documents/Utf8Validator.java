package org.kindling.spark.documents;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Judges bytes as UTF-8 (RFC 3629: no surrogates, no overlong forms) without decoding them. */
final class Utf8Validator {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long NOT_ASCII = 0x8080808080808080L;

  private Utf8Validator() {}

  /** Where the longest run of whole, well-formed characters ends that starts at {@code from}. */
  static int wellFormed(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      while (at + Long.BYTES <= to && ((long) LONGS.get(bytes, at) & NOT_ASCII) == 0) {
        at += Long.BYTES;
      }
      if (at == to) {
        return at;
      }
      int length = bytes[at] >= 0 ? 1 : character(bytes, at, to);
      if (length <= 0) {
        return at;
      }
      at += length;
    }
    return at;
  }

  /**
   * The character at a place.
   *
   * @return its length in bytes if it is whole; 0 if the bytes end before it does; minus the length
   *     of what cannot be a character, which is the longest start of one (Unicode 15, section 3.9)
   */
  static int character(byte[] bytes, int at, int to) {
    int lead = bytes[at] & 0xff;
    if (lead < 0x80) {
      return 1;
    }
    int length = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (length == 0) {
      return -1;
    }
    for (int i = 1; i < length; i++) {
      if (at + i == to) {
        return 0;
      }
      int next = bytes[at + i] & 0xff;
      if (next < (i == 1 ? lowestSecond(lead) : 0x80)
          || next > (i == 1 ? highestSecond(lead) : 0xbf)) {
        return -i;
      }
    }
    return length;
  }

  private static int lowestSecond(int lead) {
    return lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  }

  private static int highestSecond(int lead) {
    return lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  }

  /** The largest cut, at most {@code to}, that splits no character of well-formed text. */
  static int boundary(byte[] bytes, int from, int to, int end) {
    int cut = to;
    while (cut < end && cut > from && (bytes[cut] & 0xc0) == 0x80) {
      cut--;
    }
    return cut;
  }
}
