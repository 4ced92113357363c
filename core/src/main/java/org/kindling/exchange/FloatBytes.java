package org.kindling.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** float32, little-endian. */
final class FloatBytes implements Codec {
  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    buffer(target, at, count).asFloatBuffer().put(values, from, count);
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    buffer(source, at, count).asFloatBuffer().get(values, from, count);
  }

  private static ByteBuffer buffer(byte[] bytes, int at, int count) {
    return ByteBuffer.wrap(bytes, at, count * Float.BYTES).slice().order(ByteOrder.LITTLE_ENDIAN);
  }
}
