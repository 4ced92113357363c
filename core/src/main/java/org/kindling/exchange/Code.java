package org.kindling.exchange;

/**
 * Numbers as bytes. Codes with a scale cut a slice into blocks; a block is its scale, in bfloat16,
 * and then its elements, so that any run of whole blocks can be coded by itself. The same numbers
 * give the same bytes on every machine. What is not a finite number makes its whole block NaN: it
 * is never hidden.
 */
public enum Code {
  /** As they are, 4 bytes each. */
  FP32(1, 0, 32) {
    @Override
    void encodeBlocks(float[] values, int count, byte[] target, int at, Dither dither) {
      FloatBytes.write(values, count, target, at);
    }

    @Override
    void decodeBlocks(byte[] source, int at, float[] values, int count) {
      FloatBytes.read(source, at, values, count);
    }
  },

  /** Rounded to the nearest bfloat16, 2 bytes each. */
  BF16(1, 0, 16) {
    @Override
    void encodeBlocks(float[] values, int count, byte[] target, int at, Dither dither) {
      Bfloat16.write(values, count, target, at);
    }

    @Override
    void decodeBlocks(byte[] source, int at, float[] values, int count) {
      Bfloat16.read(source, at, values, count);
    }
  },

  /** -127 to 127 times the block's scale, rounded to the nearest. */
  INT8(128, Short.BYTES, 8) {
    @Override
    void encodeBlocks(float[] values, int count, byte[] target, int at, Dither dither) {
      Int8Blocks.encode(values, count, target, at);
    }

    @Override
    void decodeBlocks(byte[] source, int at, float[] values, int count) {
      Int8Blocks.decode(source, at, values, count);
    }
  },

  /**
   * -7 to 7 times the block's scale, rounded up or down with the probability that makes the mean
   * right. With the nearest, a number below half a step would never move, however often it comes.
   */
  INT4(64, Short.BYTES, 4) {
    @Override
    void encodeBlocks(float[] values, int count, byte[] target, int at, Dither dither) {
      Int4Blocks.encode(values, count, target, at, dither);
    }

    @Override
    void decodeBlocks(byte[] source, int at, float[] values, int count) {
      Int4Blocks.decode(source, at, values, count);
    }
  },

  /**
   * The block's largest number times 2 to the minus 0 to 255 eighths, the nearest by ratio; for
   * numbers that are never negative and of which none may become 0, such as means of squares.
   */
  LOG8(128, Short.BYTES, 8) {
    @Override
    void encodeBlocks(float[] values, int count, byte[] target, int at, Dither dither) {
      Log8Blocks.encode(values, count, target, at);
    }

    @Override
    void decodeBlocks(byte[] source, int at, float[] values, int count) {
      Log8Blocks.decode(source, at, values, count);
    }
  };

  private final int block;
  private final int scaleBytes;
  private final int bits;

  Code(int block, int scaleBytes, int bits) {
    this.block = block;
    this.scaleBytes = scaleBytes;
    this.bits = bits;
  }

  abstract void encodeBlocks(float[] values, int count, byte[] target, int at, Dither dither);

  abstract void decodeBlocks(byte[] source, int at, float[] values, int count);

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
