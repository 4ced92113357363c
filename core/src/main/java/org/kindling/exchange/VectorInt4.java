package org.kindling.exchange;

import static org.kindling.exchange.Int4Blocks.BLOCK;
import static org.kindling.exchange.Int4Blocks.LARGEST;
import static org.kindling.exchange.Registers.INTS;
import static org.kindling.exchange.Registers.SIZE;
import static org.kindling.exchange.Registers.WIDTH;
import static org.kindling.exchange.Registers.broadcast;
import static org.kindling.exchange.Registers.load;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** {@link Int4Blocks} in vector registers. */
final class VectorInt4 implements Codec {
  private static final int NIBBLE = 4;

  /** Numbers whose codes fill a register. */
  private static final int RUN = 8 * WIDTH;

  /** From the bytes of one register in the even places and those of another in the odd ones. */
  private static final VectorShuffle<Byte> PACK = pack();

  /** To both lanes of two numbers, those of the first four registers. */
  private static final VectorShuffle<Byte> UNPACK_FIRST = unpack(0);

  private static final VectorShuffle<Byte> UNPACK_LAST = unpack(4);

  private static final IntVector LANES = IntVector.zero(INTS).addIndex(1);

  /** 0 in even lanes, 4 in odd ones. */
  private static final IntVector NIBBLES = LANES.and(1).mul(NIBBLE);

  /** 4 in even lanes, 0 in odd ones: what brings a lane's nibble to the top of its byte. */
  private static final IntVector TOP = NIBBLES.neg().add(NIBBLE);

  private static final IntVector LOWER_BYTES = broadcast(0x00ff00ff);
  private static final FloatVector LARGEST_CODE = broadcast((float) LARGEST);
  private static final IntVector OFFSET = broadcast(LARGEST);
  private static final IntVector MOST = broadcast(2 * LARGEST);
  private static final IntVector NIBBLE_MASK = broadcast(0xf);
  private static final IntVector DITHER_STEP = broadcast(Dither.STEP);
  private static final IntVector FIRST_FACTOR = broadcast(Dither.FIRST_FACTOR);
  private static final IntVector SECOND_FACTOR = broadcast(Dither.SECOND_FACTOR);
  private static final IntVector ONE_BITS = broadcast(Dither.ONE);
  private static final FloatVector ONE = broadcast(1f);

  private final Codec plain;

  VectorInt4(Codec plain) {
    this.plain = plain;
  }

  private static VectorShuffle<Byte> pack() {
    int[] source = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      source[i] = i % (SIZE / 2) * 2 + i / (SIZE / 2);
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
    int[] codes = new int[BLOCK];
    byte[] bytes = new byte[BLOCK];
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      float largest = Registers.magnitude(values, from, BLOCK);
      float scale = Bfloat16.putScale(largest / LARGEST, target, at);
      float factor = Int8Blocks.factor(scale);
      if (Float.isNaN(scale) || Float.isInfinite(factor)) {
        // Products may be infinite or NaN.
        plain.encode(values, from, BLOCK, target, at, dither);
      } else {
        code(values, from, factor, dither, codes);
        Registers.pack(codes, BLOCK, bytes, 0);
        pack(bytes, target, at + Short.BYTES);
      }
      at += Short.BYTES + BLOCK / 2;
    }
    plain.encode(values, from, end - from, target, at, dither);
  }

  private static void code(float[] values, int from, float factor, Dither dither, int[] codes) {
    FloatVector by = broadcast(factor);
    IntVector first = LANES.add(dither.first() + from);
    IntVector before = broadcast(dither.before());
    IntVector between = broadcast(dither.between());
    for (int i = 0; i < BLOCK; i += WIDTH) {
      FloatVector scaled = load(values, from + i).mul(by).add(LARGEST_CODE);
      FloatVector moved = scaled.add(next(first.add(i), before, between));
      // A number may be below -7 by a rounding, and floor is not truncation there.
      Registers.floor(moved)
          .max(Registers.ZERO)
          .min(MOST)
          .sub(OFFSET)
          .and(NIBBLE_MASK)
          .intoArray(codes, i);
    }
  }

  /** {@link Dither#next}. */
  private static FloatVector next(IntVector position, IntVector before, IntVector between) {
    IntVector x = position.mul(DITHER_STEP).add(before);
    x = mix(x, 16).mul(FIRST_FACTOR).lanewise(VectorOperators.XOR, between);
    x = mix(mix(x, 15).mul(SECOND_FACTOR), 16);
    IntVector mantissa = x.lanewise(VectorOperators.LSHR, Integer.SIZE - Dither.BITS);
    return mantissa.or(ONE_BITS).reinterpretAsFloats().sub(ONE);
  }

  private static IntVector mix(IntVector x, int shift) {
    return x.lanewise(VectorOperators.XOR, x.lanewise(VectorOperators.LSHR, shift));
  }

  /**
   * @param codes [BLOCK] one a byte
   */
  private static void pack(byte[] codes, byte[] target, int at) {
    for (int i = 0; i < BLOCK; i += 2 * SIZE) {
      IntVector first = pairs(codes, i);
      IntVector second = pairs(codes, i + SIZE).lanewise(VectorOperators.LSHL, Byte.SIZE);
      Registers.storeBytes(first.or(second), PACK, target, at + i / 2);
    }
  }

  /** Both codes of each two bytes, in the lower one; the upper one is 0. */
  private static IntVector pairs(byte[] codes, int at) {
    IntVector two = ByteVector.fromArray(Registers.BYTES, codes, at).reinterpretAsInts();
    return two.or(two.lanewise(VectorOperators.LSHR, Byte.SIZE - NIBBLE)).and(LOWER_BYTES);
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    int[] codes = new int[BLOCK];
    int end = from + count;
    for (; from <= end - BLOCK; from += BLOCK) {
      for (int i = 0; i < BLOCK; i += RUN) {
        unpack(source, at + Short.BYTES + i / 2, UNPACK_FIRST, codes, i);
        unpack(source, at + Short.BYTES + i / 2, UNPACK_LAST, codes, i + 4 * WIDTH);
      }
      Registers.scale(codes, Bfloat16.get(source, at), values, from, BLOCK);
      at += Short.BYTES + BLOCK / 2;
    }
    plain.decode(source, at, values, from, end - from);
  }

  private static void unpack(
      byte[] source, int at, VectorShuffle<Byte> order, int[] codes, int to) {
    IntVector top = Registers.loadBytes(source, at, order).lanewise(VectorOperators.LSHL, TOP);
    for (int v = 0; v < Integer.BYTES; v++) {
      top.lanewise(VectorOperators.LSHL, 24 - 8 * v)
          .lanewise(VectorOperators.ASHR, Integer.SIZE - NIBBLE)
          .intoArray(codes, to + v * WIDTH);
    }
  }
}
