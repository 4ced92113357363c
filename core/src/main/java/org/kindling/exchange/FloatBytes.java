package org.kindling.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** float32, little-endian. */
final class FloatBytes {
  private FloatBytes() {}

  static void write(float[] values, int count, byte[] target, int at) {
    buffer(target, at, count).asFloatBuffer().put(values, 0, count);
  }

  static void read(byte[] source, int at, float[] values, int count) {
    buffer(source, at, count).asFloatBuffer().get(values, 0, count);
  }

  private static ByteBuffer buffer(byte[] bytes, int at, int count) {
    return ByteBuffer.wrap(bytes, at, count * Float.BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
  }
}
