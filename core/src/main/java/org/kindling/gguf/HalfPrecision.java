package org.kindling.gguf;

/**
 * Float32 to the 16-bit types, to nearest with ties to even, as ggml and PyTorch round.
 *
 * @see <a href="https://doi.org/10.1109/IEEESTD.2019.8766229">IEEE 754-2019, 4.3.1</a>
 */
final class HalfPrecision {
  private static final int SIGN = 0x8000;
  private static final int F16_INFINITY = 0x7C00;

  /** Half of the last place of the largest float16 above that float16: the first that overflows. */
  static final float F16_OVERFLOW = 65_520f;

  private static final float SMALLEST_NORMAL_F16 = 0x1p-14f;

  private HalfPrecision() {}

  static short bf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // Rounding could carry a payload away and leave an infinity.
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }

  /** Infinite from {@link #F16_OVERFLOW} on. */
  static short f16(float value) {
    int sign = Float.floatToRawIntBits(value) >>> 16 & SIGN;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | F16_INFINITY | 0x200);
    }
    if (magnitude >= F16_OVERFLOW) {
      return (short) (sign | F16_INFINITY);
    }
    if (magnitude < SMALLEST_NORMAL_F16) {
      // Adding 2^-1 leaves 24 fraction bits whose last is 2^-24, the smallest float16.
      return (short) (sign | Float.floatToRawIntBits(magnitude + 0.5f) - 0x3F00_0000);
    }
    int bits = Float.floatToRawIntBits(magnitude);
    int rounded = bits + 0xFFF + (bits >>> 13 & 1) >>> 13;
    return (short) (sign | rounded - (127 - 15 << 10));
  }
}
