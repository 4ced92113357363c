package org.kindling.exchange;

import static org.kindling.exchange.Log8Blocks.BLOCK;
import static org.kindling.exchange.Log8Blocks.EXPONENT_BIAS;
import static org.kindling.exchange.Log8Blocks.INDEX_BITS;
import static org.kindling.exchange.Log8Blocks.MANTISSA_BITS;
import static org.kindling.exchange.Log8Blocks.SMALLEST;
import static org.kindling.exchange.Log8Blocks.STEPS;
import static org.kindling.exchange.Registers.SIZE;
import static org.kindling.exchange.Registers.WIDTH;
import static org.kindling.exchange.Registers.load;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Log8Blocks}, four registers of numbers at a time, put together in one. */
final class VectorLog8 implements Codec {
  private static final int INDEX = (1 << INDEX_BITS) - 1 << MANTISSA_BITS - INDEX_BITS;
  private static final int ONE = EXPONENT_BIAS << MANTISSA_BITS;

  /** Eighths, times the exponent, at the bits of an exponent. */
  private static final int EXPONENT_SHIFT = MANTISSA_BITS - 3;

  private static final int LEAST = EXPONENT_BIAS * STEPS + Registers.ROUNDER_BITS;

  /** The bits of 2 to the minus 0 to 7 eighths, in one register or, of 128 bits, in two. */
  private static final IntVector POWERS = load(Log8Blocks.POWERS, 0).reinterpretAsInts();

  private static final IntVector LATER_POWERS =
      load(Log8Blocks.POWERS, STEPS - WIDTH).reinterpretAsInts();

  private final Codec plain;

  VectorLog8(Codec plain) {
    this.plain = plain;
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      float largest = Registers.magnitude(values, from, BLOCK);
      float scale = Bfloat16.putScale(largest, target, at);
      encodeBlock(values, from, Int8Blocks.factor(scale), target, at + Short.BYTES);
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

  private static IntVector code(float[] values, int at, float factor) {
    IntVector bits = load(values, at).mul(factor).reinterpretAsInts();
    IntVector eighths = eighths(bits.and(INDEX).or(ONE).reinterpretAsFloats());
    IntVector exponent = bits.lanewise(VectorOperators.LSHR, MANTISSA_BITS);
    return eighths
        .add(exponent.lanewise(VectorOperators.LSHL, 3))
        .lanewise(VectorOperators.NEG)
        .add(LEAST)
        .max(0)
        .min(SMALLEST);
  }

  /**
   * The table of {@link Log8Blocks}: a cubic through the places where it steps, which rounds to its
   * entries for every index. Added to {@link Registers#ROUNDER_BITS}.
   *
   * @param mantissas of {@link Log8Blocks#INDEX_BITS} bits
   */
  private static IntVector eighths(FloatVector mantissas) {
    return mantissas
        .mul(1.0615f)
        .add(-7.4236f)
        .mul(mantissas)
        .add(22.8163f)
        .mul(mantissas)
        .add(-16.4103f)
        .add(Registers.ROUNDER)
        .reinterpretAsInts();
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

  private static void decodeBlock(byte[] source, int at, float largest, float[] values, int from) {
    for (int i = 0; i < BLOCK; i += SIZE) {
      IntVector lanes = Registers.loadBytes(source, at + i, Registers.UNPACK_BYTES);
      store(lanes, 0, largest, values, from + i);
      store(lanes, 8, largest, values, from + i + WIDTH);
      store(lanes, 16, largest, values, from + i + 2 * WIDTH);
      store(lanes, 24, largest, values, from + i + 3 * WIDTH);
    }
  }

  /**
   * @param shift of the codes in their lanes
   */
  private static void store(IntVector lanes, int shift, float largest, float[] values, int at) {
    IntVector code = lanes.lanewise(VectorOperators.LSHR, shift);
    IntVector exponent = code.and(0xf8).lanewise(VectorOperators.LSHL, EXPONENT_SHIFT);
    power(code.and(STEPS - 1))
        .sub(exponent)
        .reinterpretAsFloats()
        .mul(largest)
        .intoArray(values, at);
  }

  private static IntVector power(IntVector eighths) {
    if (WIDTH >= STEPS) {
      return eighths.selectFrom(POWERS);
    }
    IntVector within = eighths.and(WIDTH - 1);
    return within
        .selectFrom(POWERS)
        .blend(within.selectFrom(LATER_POWERS), eighths.compare(VectorOperators.GE, WIDTH));
  }
}
