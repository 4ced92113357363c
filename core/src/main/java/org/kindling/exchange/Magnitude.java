package org.kindling.exchange;

/** The largest of a block. */
final class Magnitude {
  /** Of the bits of a float32: all but the sign. Without it numbers are ordered as their bits. */
  static final int MASK = 0x7fffffff;

  private Magnitude() {}

  /** NaN if any is: no number has larger bits. */
  static float of(float[] values, int from, int count) {
    int largest = 0;
    for (int i = from; i < from + count; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & MASK);
    }
    return Float.intBitsToFloat(largest);
  }
}
