package org.kindling.exchange;

/** Blocks of {@link Code#INT8}. */
final class Int8Blocks implements Codec {
  static final int BLOCK = 128;
  static final int LARGEST = 127;

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    for (int end = from + count; from < end; from += BLOCK) {
      int n = Math.min(BLOCK, end - from);
      float scale = Bfloat16.putScale(Magnitude.of(values, from, n) / LARGEST, target, at);
      at += Short.BYTES;
      float factor = factor(scale);
      for (int i = 0; i < n; i++) {
        float scaled = values[from + i] * factor;
        // Not a comparison with 0: a sign cannot be predicted.
        int code = (int) (scaled + Math.copySign(0.5f, scaled));
        target[at + i] = (byte) Math.max(-LARGEST, Math.min(LARGEST, code));
      }
      at += n;
    }
  }

  /** What makes numbers codes. Infinite if the scale is subnormal and has no reciprocal. */
  static float factor(float scale) {
    return scale > 0 ? 1 / scale : 0;
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    for (int end = from + count; from < end; from += BLOCK) {
      int n = Math.min(BLOCK, end - from);
      float scale = Bfloat16.get(source, at);
      at += Short.BYTES;
      for (int i = 0; i < n; i++) {
        values[from + i] = source[at + i] * scale;
      }
      at += n;
    }
  }
}
