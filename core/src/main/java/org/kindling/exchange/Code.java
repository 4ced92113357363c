package org.kindling.exchange;

import java.util.function.UnaryOperator;

/**
 * Numbers as bytes. Codes with a scale cut a slice into blocks; a block is its scale, in bfloat16,
 * and then its elements, so that any run of whole blocks can be coded by itself. The same numbers
 * give the same bytes on every machine. What is not a finite number makes its whole block NaN: it
 * is never hidden.
 */
public enum Code {
  /** As they are, 4 bytes each. */
  FP32(1, 0, 32, new FloatBytes()),

  /** Rounded to the nearest bfloat16, 2 bytes each. */
  BF16(1, 0, 16, new Bfloat16(), plain -> new VectorBfloat16(plain)),

  /** -127 to 127 times the block's scale, rounded to the nearest. */
  INT8(Int8Blocks.BLOCK, Short.BYTES, 8, new Int8Blocks(), plain -> new VectorInt8(plain)),

  /**
   * -7 to 7 times the block's scale, rounded up or down with the probability that makes the mean
   * right. With the nearest, a number below half a step would never move, however often it comes.
   */
  INT4(Int4Blocks.BLOCK, Short.BYTES, 4, new Int4Blocks(), plain -> new VectorInt4(plain)),

  /**
   * The block's largest number times 2 to the minus 0 to 255 eighths, the nearest by ratio; for
   * numbers that are never negative and of which none may become 0, such as means of squares.
   */
  LOG8(Log8Blocks.BLOCK, Short.BYTES, 8, new Log8Blocks(), plain -> new VectorLog8(plain));

  private final int block;
  private final int scaleBytes;
  private final int bits;
  private final Codec plain;
  private final Codec fastest;
  private final Codec codec;

  /** For codes that are copies: nothing is faster than the plain codec. */
  Code(int block, int scaleBytes, int bits, Codec plain) {
    this(block, scaleBytes, bits, plain, same -> same);
  }

  /**
   * @param vector gives the codec in vector registers; called only where Java has them, since its
   *     class cannot be loaded elsewhere
   */
  Code(int block, int scaleBytes, int bits, Codec plain, UnaryOperator<Codec> vector) {
    this.block = block;
    this.scaleBytes = scaleBytes;
    this.bits = bits;
    this.plain = plain;
    this.fastest = hasRegisters() ? vector.apply(plain) : plain;
    this.codec = fastest == plain ? plain : new WarmedCodec(plain, fastest);
  }

  /** The module is missing where Java was started without {@code --add-modules}. */
  private static boolean hasRegisters() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        && Registers.areThere();
  }

  /** The one to use. */
  Codec codec() {
    return codec;
  }

  /** The one whose bytes and floats all others give. */
  Codec plain() {
    return plain;
  }

  /** The fastest here once it is compiled. */
  Codec fastest() {
    return fastest;
  }

  /** Elements that share a scale; what is coded piece by piece is cut at multiples of it. */
  public int block() {
    return block;
  }

  /** Bytes of so many elements. */
  public int bytes(int elements) {
    int whole = elements / block;
    int rest = elements % block;
    long bytes = whole * (long) (scaleBytes + block * bits / 8);
    if (rest > 0) {
      bytes += scaleBytes + (rest * (long) bits + 7) / 8;
    }
    return Math.toIntExact(bytes);
  }
}
