package org.kindling.exchange;

/** Blocks of {@link Code#LOG8}. */
final class Log8Blocks implements Codec {
  static final int BLOCK = 128;
  static final int STEPS = 8;
  static final int SMALLEST = 255;
  static final int EXPONENT_BIAS = 127;
  static final int MANTISSA_BITS = 23;
  static final int INDEX_BITS = 8;

  /** 2 to the minus so many eighths. */
  static final float[] POWERS = powers();

  /** The logarithm of a mantissa in eighths, to the nearest, by its first bits. */
  private static final byte[] EIGHTHS = eighths();

  private static float[] powers() {
    float[] powers = new float[SMALLEST + 1];
    for (int code = 0; code < powers.length; code++) {
      powers[code] = (float) StrictMath.pow(2, -code / (double) STEPS);
    }
    return powers;
  }

  private static byte[] eighths() {
    int size = 1 << INDEX_BITS;
    byte[] eighths = new byte[size];
    for (int i = 0; i < size; i++) {
      double mantissa = 1 + (i + 0.5) / size;
      eighths[i] = (byte) StrictMath.round(STEPS * StrictMath.log(mantissa) / StrictMath.log(2));
    }
    return eighths;
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    for (int end = from + count; from < end; from += BLOCK) {
      int n = Math.min(BLOCK, end - from);
      float largest = Bfloat16.putScale(Magnitude.of(values, from, n), target, at);
      at += Short.BYTES;
      float factor = Int8Blocks.factor(largest);
      for (int i = 0; i < n; i++) {
        target[at + i] = (byte) code(values[from + i] * factor);
      }
      at += n;
    }
  }

  private static int code(float ratio) {
    int bits = Float.floatToRawIntBits(ratio);
    int exponent = (bits >>> MANTISSA_BITS) - EXPONENT_BIAS;
    int mantissa = bits >>> MANTISSA_BITS - INDEX_BITS & (1 << INDEX_BITS) - 1;
    int code = -STEPS * exponent - EIGHTHS[mantissa];
    return Math.max(0, Math.min(SMALLEST, code));
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    for (int end = from + count; from < end; from += BLOCK) {
      int n = Math.min(BLOCK, end - from);
      float largest = Bfloat16.get(source, at);
      at += Short.BYTES;
      for (int i = 0; i < n; i++) {
        values[from + i] = largest * POWERS[source[at + i] & 0xff];
      }
      at += n;
    }
  }
}
