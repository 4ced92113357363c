package org.kindling.spark.quality;

import java.util.Arrays;

/** Byte arrays that are joined, cut and compared. */
final class Records {
  private Records() {}

  static byte[] join(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] joined = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return joined;
  }

  /** A document's key, from some place of a record. */
  static byte[] key(byte[] record, int at) {
    return Arrays.copyOfRange(record, at, at + DocumentKey.BYTES);
  }

  static boolean samePrefix(byte[] one, byte[] other, int bytes) {
    return Arrays.equals(one, 0, bytes, other, 0, bytes);
  }
}
