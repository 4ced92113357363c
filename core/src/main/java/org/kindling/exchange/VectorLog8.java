package org.kindling.exchange;

import static org.kindling.exchange.Log8Blocks.BLOCK;
import static org.kindling.exchange.Log8Blocks.EXPONENT_BIAS;
import static org.kindling.exchange.Log8Blocks.INDEX_BITS;
import static org.kindling.exchange.Log8Blocks.MANTISSA_BITS;
import static org.kindling.exchange.Log8Blocks.SMALLEST;
import static org.kindling.exchange.Log8Blocks.STEPS;
import static org.kindling.exchange.Registers.WIDTH;
import static org.kindling.exchange.Registers.broadcast;
import static org.kindling.exchange.Registers.load;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Log8Blocks} in vector registers. */
final class VectorLog8 implements Codec {
  private static final IntVector INDEX =
      broadcast((1 << INDEX_BITS) - 1 << MANTISSA_BITS - INDEX_BITS);
  private static final IntVector ONE = broadcast(EXPONENT_BIAS << MANTISSA_BITS);
  private static final IntVector MOST = broadcast(SMALLEST);

  // The cubic's coefficients, from that of the third power.
  private static final FloatVector THIRD = broadcast(1.0615f);
  private static final FloatVector SECOND = broadcast(-7.4236f);
  private static final FloatVector FIRST = broadcast(22.8163f);
  private static final FloatVector CONSTANT = broadcast(-16.4103f);

  /** Eighths, times the exponent, at the bits of an exponent. */
  private static final int EXPONENT_SHIFT = MANTISSA_BITS - 3;

  /** The code of an exponent and eighths that are 0, and what {@link #eighths} adds to these. */
  private static final IntVector CODE_OF_ZEROS = Registers.ROUNDER_BITS.add(EXPONENT_BIAS * STEPS);

  private static final IntVector EXPONENT = broadcast(0xff & -STEPS);
  private static final IntVector EIGHTHS = broadcast(STEPS - 1);

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
    int[] codes = new int[BLOCK];
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      float largest = Registers.magnitude(values, from, BLOCK);
      float scale = Bfloat16.putScale(largest, target, at);
      code(values, from, Int8Blocks.factor(scale), codes);
      Registers.pack(codes, BLOCK, target, at + Short.BYTES);
      at += Short.BYTES + BLOCK;
    }
    plain.encode(values, from, end - from, target, at, dither);
  }

  private static void code(float[] values, int from, float factor, int[] codes) {
    FloatVector by = broadcast(factor);
    for (int i = 0; i < BLOCK; i += WIDTH) {
      IntVector bits = load(values, from + i).mul(by).reinterpretAsInts();
      IntVector exponent = bits.lanewise(VectorOperators.LSHR, MANTISSA_BITS);
      CODE_OF_ZEROS
          .sub(exponent.lanewise(VectorOperators.LSHL, 3))
          .sub(eighths(bits.and(INDEX).or(ONE).reinterpretAsFloats()))
          .max(Registers.ZERO)
          .min(MOST)
          .intoArray(codes, i);
    }
  }

  /**
   * The table of {@link Log8Blocks}: a cubic through the places where it steps, which rounds to its
   * entries for every index. Added to {@link Registers#ROUNDER_BITS}.
   *
   * @param mantissas of {@link Log8Blocks#INDEX_BITS} bits
   */
  private static IntVector eighths(FloatVector mantissas) {
    return mantissas
        .mul(THIRD)
        .add(SECOND)
        .mul(mantissas)
        .add(FIRST)
        .mul(mantissas)
        .add(CONSTANT)
        .add(Registers.ROUNDER)
        .reinterpretAsInts();
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    int[] codes = new int[BLOCK];
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      Registers.unpack(source, at + Short.BYTES, codes, BLOCK);
      decode(codes, Bfloat16.get(source, at), values, from);
      at += Short.BYTES + BLOCK;
    }
    plain.decode(source, at, values, from, end - from);
  }

  private static void decode(int[] codes, float largest, float[] values, int from) {
    FloatVector by = broadcast(largest);
    for (int i = 0; i < BLOCK; i += WIDTH) {
      IntVector code = Registers.loadInts(codes, i);
      IntVector exponent = code.and(EXPONENT).lanewise(VectorOperators.LSHL, EXPONENT_SHIFT);
      power(code.and(EIGHTHS))
          .sub(exponent)
          .reinterpretAsFloats()
          .mul(by)
          .intoArray(values, from + i);
    }
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
