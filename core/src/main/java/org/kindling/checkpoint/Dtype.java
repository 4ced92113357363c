package org.kindling.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How the numbers of a tensor lie in a file. Every number of the three types is a float32 too, so
 * reading is exact. Writing a shorter type rounds to the nearest number, ties to even; NaN stays
 * NaN.
 *
 * <pre>{@code
 * Dtype.BF16.rounded(1.01f); // 1.0078125
 * Dtype.F16.rounded(1.01f);  // 1.0097656
 * }</pre>
 */
public enum Dtype {
  F32("fp32", "float32", Float.BYTES, Float.POSITIVE_INFINITY),
  BF16("bf16", "bfloat16", Short.BYTES, 0x1.ffp127f),
  F16("fp16", "float16", Short.BYTES, HalfFloat.OVERFLOW);

  private final String label;
  private final String torchName;
  private final int bytes;
  private final float overflow;

  /**
   * @param overflow smallest number that rounds to infinity
   */
  Dtype(String label, String torchName, int bytes, float overflow) {
    this.label = label;
    this.torchName = torchName;
    this.bytes = bytes;
    this.overflow = overflow;
  }

  /** As commands and settings write it: {@code fp32}, {@code bf16}, {@code fp16}. */
  public String label() {
    return label;
  }

  /** As {@code config.json} writes it: {@code float32}, {@code bfloat16}, {@code float16}. */
  public String torchName() {
    return torchName;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }

  /**
   * The type that a command names.
   *
   * @throws IllegalArgumentException if there is none of that name, listing those there are
   */
  public static Dtype named(String label) {
    return Arrays.stream(values())
        .filter(d -> d.label.equals(label.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "dtype: found '" + label + "', expected fp32, bf16 or fp16"));
  }

  /** The type that a safetensors header names; empty for one that Kindling does not read. */
  static Optional<Dtype> stored(String name) {
    return Arrays.stream(values()).filter(d -> d.name().equals(name)).findFirst();
  }

  /** What is read back after {@code value} was written. */
  public float rounded(float value) {
    return switch (this) {
      case F32 -> value;
      case BF16 -> bf16ToFloat(floatToBf16(value));
      case F16 -> HalfFloat.toFloat(HalfFloat.of(value));
    };
  }

  /**
   * Reads numbers.
   *
   * @param bytes little-endian, at least {@code length} numbers from 0
   * @param target receives {@code length} numbers from {@code at}
   */
  void decode(byte[] bytes, float[] target, int at, int length) {
    if (this == F32) {
      floats(bytes).get(target, at, length);
      return;
    }
    ShortBuffer shorts = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    if (this == BF16) {
      for (int i = 0; i < length; i++) {
        target[at + i] = bf16ToFloat(shorts.get(i));
      }
    } else {
      for (int i = 0; i < length; i++) {
        target[at + i] = HalfFloat.toFloat(shorts.get(i));
      }
    }
  }

  /**
   * Writes numbers.
   *
   * @param values {@code length} numbers from 0
   * @param bytes receives them, little-endian, from 0
   */
  public void encode(float[] values, byte[] bytes, int length) {
    if (this == F32) {
      floats(bytes).put(values, 0, length);
      return;
    }
    ShortBuffer shorts = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
    if (this == BF16) {
      for (int i = 0; i < length; i++) {
        shorts.put(i, floatToBf16(values[i]));
      }
    } else {
      for (int i = 0; i < length; i++) {
        shorts.put(i, HalfFloat.of(values[i]));
      }
    }
  }

  /** Index of the first finite number that would be written as infinity; -1 if there is none. */
  public int firstTooLarge(float[] values, int length) {
    for (int i = 0; i < length; i++) {
      if (Math.abs(values[i]) >= overflow && Float.isFinite(values[i])) {
        return i;
      }
    }
    return -1;
  }

  private static FloatBuffer floats(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
  }

  private static float bf16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  private static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      // The upper half of a NaN may be all that tells it from infinity, so one bit is set.
      return (short) (bits >> 16 | 0x40);
    }
    return (short) (bits + 0x7fff + (bits >> 16 & 1) >> 16);
  }
}
