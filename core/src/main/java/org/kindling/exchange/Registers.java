package org.kindling.exchange;

import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector registers as codecs use them: numbers of 32 bits in {@link #WIDTH} lanes. Codes narrower
 * than that are put together in lanes, and one shuffle of bytes brings them into their order:
 * conversions between lanes of different size fit no register of 128 bits, and those between float
 * and int are not compiled to instructions before Java 18.
 *
 * <p>At most 256 bits: a shuffle of 64 bytes needs an AVX-512 that not all have, and codecs wait
 * for memory more than for arithmetic.
 */
final class Registers {
  private static final boolean WIDE = VectorShape.preferredShape().vectorBitSize() >= 256;

  static final VectorSpecies<Float> FLOATS =
      WIDE ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;
  static final VectorSpecies<Integer> INTS = WIDE ? IntVector.SPECIES_256 : IntVector.SPECIES_128;
  static final VectorSpecies<Byte> BYTES = WIDE ? ByteVector.SPECIES_256 : ByteVector.SPECIES_128;

  /** Lanes of a float or int. */
  static final int WIDTH = FLOATS.length();

  /** Bytes of a register. */
  static final int SIZE = BYTES.length();

  /** 1.5 · 2²³. A number of at most 22 bits that is added to it stands in the lowest bits. */
  private static final float ROUND = 12582912f;

  // A broadcast is some hundred nodes of the compiler's graph and a constant is one. With too many
  // the compiler stops inlining, and every vector that crosses a call is allocated.

  static final FloatVector ROUNDER = broadcast(ROUND);
  static final IntVector ROUNDER_BITS = ROUNDER.reinterpretAsInts();
  static final IntVector MAGNITUDE = broadcast(Magnitude.MASK);
  private static final IntVector BYTE = broadcast(0xff);
  static final IntVector ZERO = broadcast(0);

  /** From lanes of four codes, each {@code WIDTH} elements behind the one below, to their order. */
  private static final VectorShuffle<Byte> PACK = packBytes();

  private static final VectorShuffle<Byte> UNPACK = unpackBytes();

  private Registers() {}

  private static VectorShuffle<Byte> packBytes() {
    int[] source = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      source[i] = i % WIDTH * Integer.BYTES + i / WIDTH;
    }
    return order(source);
  }

  private static VectorShuffle<Byte> unpackBytes() {
    int[] source = new int[SIZE];
    for (int i = 0; i < SIZE; i++) {
      source[i] = i % Integer.BYTES * WIDTH + i / Integer.BYTES;
    }
    return order(source);
  }

  /**
   * Whether this processor has registers that codecs can use: lanes are filled from the lowest byte
   * on.
   */
  static boolean areThere() {
    return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
        && VectorShape.preferredShape().vectorBitSize() >= 128;
  }

  static FloatVector broadcast(float value) {
    return FloatVector.broadcast(FLOATS, value);
  }

  static IntVector broadcast(int value) {
    return IntVector.broadcast(INTS, value);
  }

  static FloatVector load(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  static IntVector loadInts(int[] values, int at) {
    return IntVector.fromArray(INTS, values, at);
  }

  static IntVector loadBytes(byte[] source, int at, VectorShuffle<Byte> order) {
    return ByteVector.fromArray(BYTES, source, at).rearrange(order).reinterpretAsInts();
  }

  static void storeBytes(IntVector lanes, VectorShuffle<Byte> order, byte[] target, int at) {
    lanes.reinterpretAsBytes().rearrange(order).intoArray(target, at);
  }

  /**
   * Writes the lowest bytes of integers. Codes go through memory between this and what makes them:
   * in one method they would be too much for the compiler.
   *
   * @param codes [count], a multiple of {@link #SIZE}
   */
  static void pack(int[] codes, int count, byte[] target, int at) {
    for (int i = 0; i < count; i += SIZE) {
      IntVector lanes =
          loadInts(codes, i)
              .and(BYTE)
              .or(loadInts(codes, i + WIDTH).and(BYTE).lanewise(VectorOperators.LSHL, 8))
              .or(loadInts(codes, i + 2 * WIDTH).and(BYTE).lanewise(VectorOperators.LSHL, 16))
              .or(loadInts(codes, i + 3 * WIDTH).lanewise(VectorOperators.LSHL, 24));
      storeBytes(lanes, PACK, target, at + i);
    }
  }

  /** Reads signed bytes. */
  static void unpack(byte[] source, int at, int[] codes, int count) {
    for (int i = 0; i < count; i += SIZE) {
      IntVector lanes = loadBytes(source, at + i, UNPACK);
      lanes
          .lanewise(VectorOperators.LSHL, 24)
          .lanewise(VectorOperators.ASHR, 24)
          .intoArray(codes, i);
      lanes
          .lanewise(VectorOperators.LSHL, 16)
          .lanewise(VectorOperators.ASHR, 24)
          .intoArray(codes, i + WIDTH);
      lanes
          .lanewise(VectorOperators.LSHL, 8)
          .lanewise(VectorOperators.ASHR, 24)
          .intoArray(codes, i + 2 * WIDTH);
      lanes.lanewise(VectorOperators.ASHR, 24).intoArray(codes, i + 3 * WIDTH);
    }
  }

  /** {@link Magnitude#of}, of a multiple of {@link #WIDTH}. */
  static float magnitude(float[] values, int from, int count) {
    // A constant would have every vector that follows it here allocated.
    IntVector largest = IntVector.zero(INTS);
    for (int i = from; i < from + count; i += WIDTH) {
      largest = largest.max(load(values, i).reinterpretAsInts().and(MAGNITUDE));
    }
    return Float.intBitsToFloat(largest.reduceLanes(VectorOperators.MAX));
  }

  /** The largest integers not above numbers from 0 to below 2^22. */
  static IntVector floor(FloatVector numbers) {
    FloatVector sum = numbers.add(ROUNDER);
    FloatVector rest = numbers.sub(sum.sub(ROUNDER));
    // -1 where the sum was rounded up.
    IntVector up = rest.reinterpretAsInts().lanewise(VectorOperators.ASHR, Integer.SIZE - 1);
    return sum.reinterpretAsInts().sub(ROUNDER_BITS).add(up);
  }

  /** Products of integers, as {@link #floats} takes them, and a scale. */
  static void scale(int[] integers, float scale, float[] products, int at, int count) {
    FloatVector by = broadcast(scale);
    for (int i = 0; i < count; i += WIDTH) {
      floats(loadInts(integers, i)).mul(by).intoArray(products, at + i);
    }
  }

  /** Integers from -2^22 to below 2^22. */
  static FloatVector floats(IntVector integers) {
    return integers.add(ROUNDER_BITS).reinterpretAsFloats().sub(ROUNDER);
  }

  /** One that brings byte {@code source[i]} of a register to byte i. */
  static VectorShuffle<Byte> order(int... source) {
    return VectorShuffle.fromValues(BYTES, source);
  }
}
