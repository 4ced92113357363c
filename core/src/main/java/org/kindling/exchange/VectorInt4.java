package org.kindling.exchange;

import static org.kindling.exchange.Int4Blocks.BLOCK;
import static org.kindling.exchange.Int4Blocks.LARGEST;
import static org.kindling.exchange.Registers.INTS;
import static org.kindling.exchange.Registers.SIZE;
import static org.kindling.exchange.Registers.WIDTH;
import static org.kindling.exchange.Registers.load;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** {@link Int4Blocks}, eight registers of numbers at a time, put together in one. */
final class VectorInt4 implements Codec {
  private static final int NIBBLE = 4;

  /** Numbers that are put together in a register. */
  private static final int RUN = 8 * WIDTH;

  /** Four bytes of each two lanes. */
  private static final int GROUP = 2 * Integer.BYTES;

  /** From the bytes of long lanes to their order: byte v of lane j is that of numbers 2j, 2j + 1 of register v. */
  private static final VectorShuffle<Byte> PACK = pack();

  /** To both lanes of two numbers, those of the first four registers. */
  private static final VectorShuffle<Byte> UNPACK_FIRST = unpack(0);

  private static final VectorShuffle<Byte> UNPACK_LAST = unpack(4);

  private static final IntVector LANES = IntVector.zero(INTS).addIndex(1);

  /** 0 in even lanes, 4 in odd ones. */
  private static final IntVector NIBBLES = LANES.and(1).mul(NIBBLE);

  /** 4 in even lanes, 0 in odd ones: what brings a lane's nibble to the top of its byte. */
  private static final IntVector TOP = NIBBLES.neg().add(NIBBLE);

  private static final long LOW = 0xffffffffL;

  private final Codec plain;

  VectorInt4(Codec plain) {
    this.plain = plain;
  }

  private static VectorShuffle<Byte> pack() {
    int[] source = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      int register = i / (WIDTH / 2);
      int pair = i % (WIDTH / 2);
      source[i] = pair * GROUP + register;
    }
    return Registers.order(source);
  }

  private static VectorShuffle<Byte> unpack(int firstRegister) {
    int[] source = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      int lane = i / Integer.BYTES;
      int register = firstRegister + i % Integer.BYTES;
      source[i] = register * (WIDTH / 2) + lane / 2;
    }
    return Registers.order(source);
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
        for (int i = 0; i < BLOCK; i += RUN) {
          encodeRun(values, from + i, factor, target, at + Short.BYTES + i / 2, dither);
        }
      }
      at += Short.BYTES + BLOCK / 2;
    }
    plain.encode(values, from, end - from, target, at, dither);
  }

  private static void encodeRun(
      float[] values, int from, float factor, byte[] target, int at, Dither dither) {
    LongVector first = four(values, from, factor, dither);
    LongVector last = four(values, from + 4 * WIDTH, factor, dither);
    // The nibbles of odd lanes come to those of even ones: from above for the lower half.
    first = first.or(first.lanewise(VectorOperators.LSHR, Integer.SIZE)).and(LOW);
    last = last.or(last.lanewise(VectorOperators.LSHL, Integer.SIZE)).and(~LOW);
    Registers.storeBytes(first.or(last).reinterpretAsInts(), PACK, target, at);
  }

  /** Four registers: byte v of a lane has the code of register v, in odd lanes in its upper half. */
  private static LongVector four(float[] values, int from, float factor, Dither dither) {
    return code(values, from, factor, dither)
        .or(code(values, from + WIDTH, factor, dither).lanewise(VectorOperators.LSHL, 8))
        .or(code(values, from + 2 * WIDTH, factor, dither).lanewise(VectorOperators.LSHL, 16))
        .or(code(values, from + 3 * WIDTH, factor, dither).lanewise(VectorOperators.LSHL, 24))
        .lanewise(VectorOperators.LSHL, NIBBLES)
        .reinterpretAsLongs();
  }

  private static IntVector code(float[] values, int at, float factor, Dither dither) {
    FloatVector scaled = load(values, at).mul(factor);
    FloatVector moved = scaled.add(LARGEST).add(next(dither, at));
    // A number may be below -7 by a rounding, and floor is not truncation there.
    return Registers.floor(moved).max(0).min(2 * LARGEST).sub(LARGEST).and(0xf);
  }

  /** {@link Dither#next}. */
  private static FloatVector next(Dither dither, int element) {
    IntVector x = LANES.add(dither.first() + element).mul(Dither.STEP).add(dither.before());
    x = mix(x, 16).mul(Dither.FIRST_FACTOR);
    x = x.lanewise(VectorOperators.XOR, dither.between());
    x = mix(x, 15).mul(Dither.SECOND_FACTOR);
    IntVector mantissa = mix(x, 16).lanewise(VectorOperators.LSHR, Integer.SIZE - Dither.BITS);
    return mantissa.or(Dither.ONE).reinterpretAsFloats().sub(1);
  }

  private static IntVector mix(IntVector x, int shift) {
    return x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, shift));
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      float scale = Bfloat16.get(source, at);
      for (int i = 0; i < BLOCK; i += RUN) {
        decodeRun(source, at + Short.BYTES + i / 2, scale, values, from + i);
      }
      at += Short.BYTES + BLOCK / 2;
    }
    plain.decode(source, at, values, from, end - from);
  }

  private static void decodeRun(byte[] source, int at, float scale, float[] values, int from) {
    decodeFour(Registers.loadBytes(source, at, UNPACK_FIRST), scale, values, from);
    decodeFour(Registers.loadBytes(source, at, UNPACK_LAST), scale, values, from + 4 * WIDTH);
  }

  private static void decodeFour(IntVector lanes, float scale, float[] values, int at) {
    IntVector top = lanes.lanewise(VectorOperators.LSHL, TOP);
    store(top.lanewise(VectorOperators.LSHL, 24), scale, values, at);
    store(top.lanewise(VectorOperators.LSHL, 16), scale, values, at + WIDTH);
    store(top.lanewise(VectorOperators.LSHL, 8), scale, values, at + 2 * WIDTH);
    store(top, scale, values, at + 3 * WIDTH);
  }

  /**
   * @param codes in the highest nibble
   */
  private static void store(IntVector codes, float scale, float[] values, int at) {
    IntVector integers = codes.lanewise(VectorOperators.ASHR, Integer.SIZE - NIBBLE);
    Registers.floats(integers).mul(scale).intoArray(values, at);
  }
}
