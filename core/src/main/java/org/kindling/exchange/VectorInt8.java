package org.kindling.exchange;

import static org.kindling.exchange.Int8Blocks.BLOCK;
import static org.kindling.exchange.Int8Blocks.LARGEST;
import static org.kindling.exchange.Registers.SIZE;
import static org.kindling.exchange.Registers.WIDTH;
import static org.kindling.exchange.Registers.load;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Int8Blocks}, four registers of numbers at a time, put together in one. */
final class VectorInt8 implements Codec {
  private final Codec plain;

  VectorInt8(Codec plain) {
    this.plain = plain;
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      float largest = Registers.magnitude(values, from, BLOCK);
      float scale = Bfloat16.putScale(largest / LARGEST, target, at);
      float factor = Int8Blocks.factor(scale);
      if (Float.isNaN(scale) || Float.isInfinite(factor)) {
        // Codes of what is not finite.
        plain.encode(values, from, BLOCK, target, at, dither);
      } else {
        encodeBlock(values, from, factor, target, at + Short.BYTES);
      }
      at += Short.BYTES + BLOCK;
    }
    plain.encode(values, from, end - from, target, at, dither);
  }

  private static void encodeBlock(float[] values, int from, float factor, byte[] target, int at) {
    for (int i = 0; i < BLOCK; i += SIZE) {
      IntVector lanes =
          code(values, from + i, factor)
              .or(code(values, from + i + WIDTH, factor).lanewise(VectorOperators.LSHL, 8))
              .or(code(values, from + i + 2 * WIDTH, factor).lanewise(VectorOperators.LSHL, 16))
              .or(code(values, from + i + 3 * WIDTH, factor).lanewise(VectorOperators.LSHL, 24));
      Registers.storeBytes(lanes, Registers.PACK_BYTES, target, at + i);
    }
  }

  /** As a byte, in the lowest bits; magnitudes are at most {@link Int8Blocks#LARGEST} here. */
  private static IntVector code(float[] values, int at, float factor) {
    IntVector bits = load(values, at).mul(factor).reinterpretAsInts();
    FloatVector magnitude = bits.and(Magnitude.MASK).reinterpretAsFloats();
    IntVector code = Registers.floor(magnitude.add(0.5f));
    // Exclusive or with -1 and minus -1 is the negative number.
    IntVector sign = bits.lanewise(VectorOperators.ASHR, Integer.SIZE - 1);
    return code.lanewise(VectorOperators.XOR, sign).sub(sign).and(0xff);
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      decodeBlock(source, at + Short.BYTES, Bfloat16.get(source, at), values, from);
      at += Short.BYTES + BLOCK;
    }
    plain.decode(source, at, values, from, end - from);
  }

  private static void decodeBlock(byte[] source, int at, float scale, float[] values, int from) {
    for (int i = 0; i < BLOCK; i += SIZE) {
      IntVector lanes = Registers.loadBytes(source, at + i, Registers.UNPACK_BYTES);
      store(lanes.lanewise(VectorOperators.LSHL, 24), scale, values, from + i);
      store(lanes.lanewise(VectorOperators.LSHL, 16), scale, values, from + i + WIDTH);
      store(lanes.lanewise(VectorOperators.LSHL, 8), scale, values, from + i + 2 * WIDTH);
      store(lanes, scale, values, from + i + 3 * WIDTH);
    }
  }

  /**
   * @param codes in the highest byte
   */
  private static void store(IntVector codes, float scale, float[] values, int at) {
    IntVector integers = codes.lanewise(VectorOperators.ASHR, 24);
    Registers.floats(integers).mul(scale).intoArray(values, at);
  }
}
