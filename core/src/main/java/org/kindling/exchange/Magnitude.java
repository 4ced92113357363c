package org.kindling.exchange;

/** The largest of a block. */
final class Magnitude {
  private Magnitude() {}

  /** NaN if any is. */
  static float of(float[] values, int from, int count) {
    float largest = 0;
    for (int i = from; i < from + count; i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    return largest;
  }
}
