package org.kindling.exchange;

/** Blocks of {@link Code#INT8}. */
final class Int8Blocks {
  private static final int BLOCK = 128;
  private static final int LARGEST = 127;

  private Int8Blocks() {}

  static void encode(float[] values, int count, byte[] target, int at) {
    for (int from = 0; from < count; from += BLOCK) {
      int n = Math.min(BLOCK, count - from);
      float scale = Bfloat16.putScale(Magnitude.of(values, from, n) / LARGEST, target, at);
      at += Short.BYTES;
      float factor = scale > 0 ? 1 / scale : 0;
      for (int i = 0; i < n; i++) {
        float scaled = values[from + i] * factor;
        int code = (int) (scaled + (scaled < 0 ? -0.5f : 0.5f));
        target[at + i] = (byte) Math.max(-LARGEST, Math.min(LARGEST, code));
      }
      at += n;
    }
  }

  static void decode(byte[] source, int at, float[] values, int count) {
    for (int from = 0; from < count; from += BLOCK) {
      int n = Math.min(BLOCK, count - from);
      float scale = Bfloat16.get(source, at);
      at += Short.BYTES;
      for (int i = 0; i < n; i++) {
        values[from + i] = source[at + i] * scale;
      }
      at += n;
    }
  }
}
