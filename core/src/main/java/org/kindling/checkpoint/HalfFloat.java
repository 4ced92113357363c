package org.kindling.checkpoint;

/**
 * IEEE 754 binary16: 1 sign bit, 5 bits of exponent with bias 15, 10 bits of fraction. Java has
 * these conversions only from version 20 on.
 */
final class HalfFloat {
  private static final int FRACTION_BITS = 10;
  private static final int INFINITY = 0x7c00;

  /** Fraction bits that float32 has more. */
  private static final int SHIFT = 23 - FRACTION_BITS;

  /** 2^-24, the smallest subnormal. */
  private static final float SMALLEST = 0x1p-24f;

  /** 2^-14, the smallest normal number. */
  private static final float SMALLEST_NORMAL = 0x1p-14f;

  /** Halfway from the largest number, 65504, to what would be the next; rounds to infinity. */
  static final float OVERFLOW = 65520f;

  /** 2^23: adding it to a float32 of less rounds that to an integer, ties to even. */
  private static final float TO_INTEGER = 0x1p23f;

  private HalfFloat() {}

  static float toFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = half >> FRACTION_BITS & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * SMALLEST;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << SHIFT);
  }

  /** The nearest binary16, ties to even; NaN stays NaN with the upper bits of its fraction. */
  static short of(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >> 16 & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | INFINITY | 0x200 | bits >> SHIFT & 0x3ff);
    }
    if (magnitude >= OVERFLOW) {
      return (short) (sign | INFINITY);
    }
    if (magnitude < SMALLEST_NORMAL) {
      int steps = (int) (magnitude / SMALLEST + TO_INTEGER - TO_INTEGER);
      return (short) (sign | steps);
    }
    int magnitudeBits = bits & 0x7fffffff;
    int rounded = magnitudeBits + (1 << SHIFT - 1) - 1 + (magnitudeBits >> SHIFT & 1) >> SHIFT;
    return (short) (sign | rounded - (127 - 15 << FRACTION_BITS));
  }
}
