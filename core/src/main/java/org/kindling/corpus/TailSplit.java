package org.kindling.corpus;

/**
 * Splits by position: the first characters (code points) of the corpus are for training, the rest
 * for validation. A document on the border is cut in two.
 */
public final class TailSplit implements SplitRule {
  private final long cut;
  private long documentStart;
  private long position;

  /**
   * @param position of the first document, in characters from the start of the corpus
   * @param cut the first character for validation
   */
  public TailSplit(long position, long cut) {
    this.documentStart = position;
    this.position = position;
    this.cut = cut;
  }

  /**
   * Where to cut: {@code int((1 - validationFraction) * characters)}, computed in double precision
   * as Python does.
   *
   * <pre>{@code
   * TailSplit.cut(1_115_394, 0.1) // 1003854
   * }</pre>
   */
  public static long cut(long characters, double validationFraction) {
    return (long) ((1.0 - validationFraction) * characters);
  }

  /** Characters in UTF-8 that begins and ends with whole ones. */
  public static long characters(byte[] utf8, int from, int to) {
    long characters = 0;
    for (int i = from; i < to; i++) {
      // Every byte but those that continue a character.
      characters += (utf8[i] & 0xC0) == 0x80 ? 0 : 1;
    }
    return characters;
  }

  @Override
  public int bytesToTrain(byte[] utf8, int from, int to) {
    long characters = characters(utf8, from, to);
    long toTrain = Math.max(0, Math.min(characters, cut - position));
    position += characters;
    return toTrain == characters ? to - from : offset(utf8, from, toTrain);
  }

  /** Bytes of the first characters; at least one more follows. */
  private static int offset(byte[] utf8, int from, long characters) {
    int at = from;
    for (long left = characters; left > 0; left--) {
      at++;
      while ((utf8[at] & 0xC0) == 0x80) {
        at++;
      }
    }
    return at - from;
  }

  @Override
  public Split endDocument() {
    documentStart = position;
    return Split.TRAIN;
  }

  @Override
  public void forgetDocument() {
    position = documentStart;
  }
}
