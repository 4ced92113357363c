package org.kindling.exchange;

/** The upper half of a float32: 8 bits of exponent, 7 of mantissa. Little-endian. */
final class Bfloat16 implements Codec {
  static final int QUIET_NAN = 0x7fc0;

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    for (int i = 0; i < count; i++) {
      put(nearest(values[from + i]), target, at + i * Short.BYTES);
    }
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    for (int i = 0; i < count; i++) {
      values[from + i] = get(source, at + i * Short.BYTES);
    }
  }

  /** Ties go to the even one. */
  private static int nearest(float value) {
    if (Float.isNaN(value)) {
      return QUIET_NAN;
    }
    int bits = Float.floatToRawIntBits(value);
    return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
  }

  /**
   * Writes a scale, not below what was asked for, so that the largest number of a block fits.
   *
   * @param scale 0 or more; what is not finite is written as NaN
   * @return the scale that a reader finds
   */
  static float putScale(float scale, byte[] target, int at) {
    int bits =
        scale <= Float.MAX_VALUE ? Float.floatToRawIntBits(scale) + 0xffff >>> 16 : QUIET_NAN;
    put(bits, target, at);
    return Float.intBitsToFloat(bits << 16);
  }

  static float get(byte[] source, int at) {
    return Float.intBitsToFloat((source[at] & 0xff) << 16 | source[at + 1] << 24);
  }

  private static void put(int bits, byte[] target, int at) {
    target[at] = (byte) bits;
    target[at + 1] = (byte) (bits >>> 8);
  }
}
