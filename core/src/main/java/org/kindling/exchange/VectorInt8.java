package org.kindling.exchange;

import static org.kindling.exchange.Int8Blocks.BLOCK;
import static org.kindling.exchange.Int8Blocks.LARGEST;
import static org.kindling.exchange.Registers.WIDTH;
import static org.kindling.exchange.Registers.load;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Int8Blocks} in vector registers. */
final class VectorInt8 implements Codec {
  private static final FloatVector HALF = Registers.broadcast(0.5f);

  private final Codec plain;

  VectorInt8(Codec plain) {
    this.plain = plain;
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    int[] codes = new int[BLOCK];
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      float largest = Registers.magnitude(values, from, BLOCK);
      float scale = Bfloat16.putScale(largest / LARGEST, target, at);
      float factor = Int8Blocks.factor(scale);
      if (Float.isNaN(scale) || Float.isInfinite(factor)) {
        // Products may be infinite or NaN.
        plain.encode(values, from, BLOCK, target, at, dither);
      } else {
        code(values, from, factor, codes);
        Registers.pack(codes, BLOCK, target, at + Short.BYTES);
      }
      at += Short.BYTES + BLOCK;
    }
    plain.encode(values, from, end - from, target, at, dither);
  }

  /** Of products whose magnitudes, rounded, are at most {@link Int8Blocks#LARGEST}. */
  private static void code(float[] values, int from, float factor, int[] codes) {
    FloatVector by = Registers.broadcast(factor);
    for (int i = 0; i < BLOCK; i += WIDTH) {
      IntVector bits = load(values, from + i).mul(by).reinterpretAsInts();
      FloatVector magnitude = bits.and(Registers.MAGNITUDE).reinterpretAsFloats();
      IntVector code = Registers.floor(magnitude.add(HALF));
      // Exclusive or with -1 and minus -1 is the negative number.
      IntVector sign = bits.lanewise(VectorOperators.ASHR, Integer.SIZE - 1);
      code.lanewise(VectorOperators.XOR, sign).sub(sign).intoArray(codes, i);
    }
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    int[] codes = new int[BLOCK];
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      Registers.unpack(source, at + Short.BYTES, codes, BLOCK);
      Registers.scale(codes, Bfloat16.get(source, at), values, from, BLOCK);
      at += Short.BYTES + BLOCK;
    }
    plain.decode(source, at, values, from, end - from);
  }
}
