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
  private static final boolean WIDE =
      VectorShape.preferredShape().vectorBitSize() >= 256;

  static final VectorSpecies<Float> FLOATS =
      WIDE ? FloatVector.SPECIES_256 : FloatVector.SPECIES_128;
  static final VectorSpecies<Integer> INTS = WIDE ? IntVector.SPECIES_256 : IntVector.SPECIES_128;
  static final VectorSpecies<Byte> BYTES = WIDE ? ByteVector.SPECIES_256 : ByteVector.SPECIES_128;

  /** Lanes of a float or int. */
  static final int WIDTH = FLOATS.length();

  /** Bytes of a register. */
  static final int SIZE = BYTES.length();

  /** 1.5 · 2²³. A number of at most 22 bits that is added to it stands in the lowest bits. */
  static final float ROUNDER = 12582912f;

  static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);

  /** From lanes of four codes, each {@code WIDTH} elements behind the one below, to their order. */
  static final VectorShuffle<Byte> PACK_BYTES = packBytes();

  /** Back. */
  static final VectorShuffle<Byte> UNPACK_BYTES = unpackBytes();

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

  /** Whether this processor has registers that codecs can use: lanes are filled from the lowest byte on. */
  static boolean areThere() {
    return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
        && VectorShape.preferredShape().vectorBitSize() >= 128;
  }

  static FloatVector load(float[] values, int at) {
    return FloatVector.fromArray(FLOATS, values, at);
  }

  static IntVector loadBytes(byte[] source, int at, VectorShuffle<Byte> order) {
    return ByteVector.fromArray(BYTES, source, at).rearrange(order).reinterpretAsInts();
  }

  static void storeBytes(IntVector lanes, VectorShuffle<Byte> order, byte[] target, int at) {
    lanes.reinterpretAsBytes().rearrange(order).intoArray(target, at);
  }

  /** {@link Magnitude#of}, of a multiple of {@link #WIDTH}. */
  static float magnitude(float[] values, int from, int count) {
    IntVector largest = IntVector.zero(INTS);
    for (int i = from; i < from + count; i += WIDTH) {
      largest = largest.max(load(values, i).reinterpretAsInts().and(Magnitude.MASK));
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

  /** Integers from -2^22 to below 2^22. */
  static FloatVector floats(IntVector integers) {
    return integers.add(ROUNDER_BITS).reinterpretAsFloats().sub(ROUNDER);
  }

  /** One that brings byte {@code source[i]} of a register to byte i. */
  static VectorShuffle<Byte> order(int... source) {
    return VectorShuffle.fromValues(BYTES, source);
  }
}
