package org.kindling.exchange;

/** Blocks of {@link Code#INT4}: two elements a byte, the first in the lower bits. */
final class Int4Blocks implements Codec {
  static final int BLOCK = 64;
  static final int LARGEST = 7;

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    for (int end = from + count; from < end; from += BLOCK) {
      int n = Math.min(BLOCK, end - from);
      float scale = Bfloat16.putScale(Magnitude.of(values, from, n) / LARGEST, target, at);
      at += Short.BYTES;
      float factor = Int8Blocks.factor(scale);
      for (int i = 0; i < n; i += 2) {
        int low = round(values[from + i] * factor, dither, from + i);
        int high = i + 1 < n ? round(values[from + i + 1] * factor, dither, from + i + 1) : 0;
        target[at++] = (byte) (low & 0xf | high << 4);
      }
    }
  }

  private static int round(float scaled, Dither dither, int element) {
    // What is added is at least 0, so truncation goes down.
    int code = (int) (scaled + LARGEST + dither.next(element)) - LARGEST;
    return Math.max(-LARGEST, Math.min(LARGEST, code));
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    for (int end = from + count; from < end; from += BLOCK) {
      int n = Math.min(BLOCK, end - from);
      float scale = Bfloat16.get(source, at);
      at += Short.BYTES;
      for (int i = 0; i < n; i += 2) {
        int both = source[at++];
        values[from + i] = (both << 28 >> 28) * scale;
        if (i + 1 < n) {
          values[from + i + 1] = (both >> 4) * scale;
        }
      }
    }
  }
}
