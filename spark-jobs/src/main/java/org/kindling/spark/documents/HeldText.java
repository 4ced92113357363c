package org.kindling.spark.documents;

/** The UTF-8 of a document that is held whole, handed out piece by piece. */
final class HeldText {
  private byte[] text = {};
  private int given;

  void hold(byte[] utf8) {
    text = utf8;
    given = 0;
  }

  /** As {@link PartReader#read}. */
  int read(byte[] bytes, int from, int length) {
    if (given == text.length) {
      return -1;
    }
    int count = Math.min(length, text.length - given);
    System.arraycopy(text, given, bytes, from, count);
    given += count;
    return count;
  }
}
