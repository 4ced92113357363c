package org.kindling.corpus;

import java.io.IOException;

/**
 * Splits by position: the first characters (code points) of the corpus are for training, the rest
 * for validation. A document on the border is cut in two.
 */
public final class TailSplit implements SplitRule {
  private final long cut;
  private long position;

  /**
   * @param position of the first document, in characters from the start of the corpus
   * @param cut the first character for validation
   */
  public TailSplit(long position, long cut) {
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

  @Override
  public void place(String document, Target target) throws IOException {
    int length = document.codePointCount(0, document.length());
    long toTrain = Math.max(0, Math.min(length, cut - position));
    position += length;
    int border = document.offsetByCodePoints(0, (int) toTrain);
    if (border > 0) {
      target.put(Split.TRAIN, document.substring(0, border));
    }
    if (border < document.length()) {
      target.put(Split.VALIDATION, document.substring(border));
    }
  }
}
