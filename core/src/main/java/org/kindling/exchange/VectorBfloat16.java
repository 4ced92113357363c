package org.kindling.exchange;

import static org.kindling.exchange.Registers.SIZE;
import static org.kindling.exchange.Registers.WIDTH;
import static org.kindling.exchange.Registers.broadcast;
import static org.kindling.exchange.Registers.load;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** {@link Bfloat16}, two registers of numbers at a time, put together in one. */
final class VectorBfloat16 implements Codec {
  private static final IntVector INFINITY = broadcast(0x7f800000);
  private static final IntVector BELOW_HALF = broadcast(0x7fff);
  private static final IntVector ONE = broadcast(1);
  private static final IntVector QUIET_NAN = broadcast(Bfloat16.QUIET_NAN);
  private static final IntVector UPPER = broadcast(-1 << Short.SIZE);

  /** Elements of a call of the inner methods: what runs often is compiled early. */
  private static final int PIECE = 64;

  /** From lanes of two codes, of an element and that {@code WIDTH} behind, to their order. */
  private static final VectorShuffle<Byte> PACK = order(true);

  private static final VectorShuffle<Byte> UNPACK = order(false);

  private final Codec plain;

  VectorBfloat16(Codec plain) {
    this.plain = plain;
  }

  private static VectorShuffle<Byte> order(boolean pack) {
    int[] source = new int[SIZE];
    for (int element = 0; element < 2 * WIDTH; element++) {
      for (int b = 0; b < Short.BYTES; b++) {
        int inOrder = element * Short.BYTES + b;
        int inLane = element % WIDTH * Integer.BYTES + element / WIDTH * Short.BYTES + b;
        source[pack ? inOrder : inLane] = pack ? inLane : inOrder;
      }
    }
    return Registers.order(source);
  }

  @Override
  public void encode(float[] values, int from, int count, byte[] target, int at, Dither dither) {
    int whole = count - count % PIECE;
    for (int i = 0; i < whole; i += PIECE) {
      encodePiece(values, from + i, target, at + i * Short.BYTES);
    }
    plain.encode(values, from + whole, count - whole, target, at + whole * Short.BYTES, dither);
  }

  private static void encodePiece(float[] values, int from, byte[] target, int at) {
    for (int i = 0; i < PIECE; i += 2 * WIDTH) {
      IntVector low = nearest(load(values, from + i).reinterpretAsInts());
      IntVector high = nearest(load(values, from + i + WIDTH).reinterpretAsInts());
      IntVector lanes = low.or(high.lanewise(VectorOperators.LSHL, Short.SIZE));
      Registers.storeBytes(lanes, PACK, target, at + i * Short.BYTES);
    }
  }

  private static IntVector nearest(IntVector bits) {
    IntVector odd = bits.lanewise(VectorOperators.LSHR, Short.SIZE).and(ONE);
    IntVector rounded = bits.add(BELOW_HALF).add(odd).lanewise(VectorOperators.LSHR, Short.SIZE);
    // All ones where a number's magnitude is above infinity: it is none.
    IntVector nan =
        INFINITY
            .sub(bits.and(Registers.MAGNITUDE))
            .lanewise(VectorOperators.ASHR, Integer.SIZE - 1);
    // Either, by bits.
    return rounded.lanewise(
        VectorOperators.XOR, nan.and(QUIET_NAN.lanewise(VectorOperators.XOR, rounded)));
  }

  @Override
  public void decode(byte[] source, int at, float[] values, int from, int count) {
    int whole = count - count % PIECE;
    for (int i = 0; i < whole; i += PIECE) {
      decodePiece(source, at + i * Short.BYTES, values, from + i);
    }
    plain.decode(source, at + whole * Short.BYTES, values, from + whole, count - whole);
  }

  private static void decodePiece(byte[] source, int at, float[] values, int from) {
    for (int i = 0; i < PIECE; i += 2 * WIDTH) {
      IntVector lanes = Registers.loadBytes(source, at + i * Short.BYTES, UNPACK);
      IntVector low = lanes.lanewise(VectorOperators.LSHL, Short.SIZE);
      IntVector high = lanes.and(UPPER);
      low.reinterpretAsFloats().intoArray(values, from + i);
      high.reinterpretAsFloats().intoArray(values, from + i + WIDTH);
    }
  }
}
