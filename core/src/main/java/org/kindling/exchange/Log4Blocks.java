package org.kindling.exchange;

/** Blocks of {@link Code#LOG4}: two elements a byte, the first in the lower bits. */
final class Log4Blocks {
  private static final int BLOCK = 64;
  private static final int SMALLEST = 15;
  private static final float ROOT_OF_TWO = 1.41421356f;
  private static final int EXPONENT_BIAS = 127;
  private static final int MANTISSA_BITS = 23;

  private Log4Blocks() {}

  static void encode(float[] values, int count, byte[] target, int at) {
    for (int from = 0; from < count; from += BLOCK) {
      int n = Math.min(BLOCK, count - from);
      float largest = Bfloat16.putScale(Magnitude.of(values, from, n), target, at);
      at += Short.BYTES;
      float factor = largest > 0 ? ROOT_OF_TWO / largest : 0;
      for (int i = 0; i < n; i += 2) {
        int low = halvings(values[from + i] * factor);
        int high = i + 1 < n ? halvings(values[from + i + 1] * factor) : 0;
        target[at++] = (byte) (low | high << 4);
      }
    }
  }

  /**
   * @param ratio to the largest number, times √2, so that the exponent is that of the nearest power
   */
  private static int halvings(float ratio) {
    int exponent = (Float.floatToRawIntBits(ratio) >>> MANTISSA_BITS) - EXPONENT_BIAS;
    return Math.max(0, Math.min(SMALLEST, -exponent));
  }

  static void decode(byte[] source, int at, float[] values, int count) {
    for (int from = 0; from < count; from += BLOCK) {
      int n = Math.min(BLOCK, count - from);
      float largest = Bfloat16.get(source, at);
      at += Short.BYTES;
      for (int i = 0; i < n; i += 2) {
        int both = source[at++];
        values[from + i] = largest * power(both & 0xf);
        if (i + 1 < n) {
          values[from + i + 1] = largest * power(both >> 4 & 0xf);
        }
      }
    }
  }

  /** 2 to the minus so many. */
  private static float power(int halvings) {
    return Float.intBitsToFloat(EXPONENT_BIAS - halvings << MANTISSA_BITS);
  }
}
