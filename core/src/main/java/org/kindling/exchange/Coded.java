package org.kindling.exchange;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A slice of a vector as it crosses the network. Shared by tasks once made, so never written to
 * afterwards.
 *
 * @param length elements
 * @param bytes as {@link Code} lays them out
 */
public record Coded(Code code, int length, byte[] bytes) implements Serializable {
  /** Elements that are coded at a time; a multiple of every code's block. */
  public static final int CHUNK = 4_096;

  /** Where a slice's numbers come from. */
  @FunctionalInterface
  public interface Source {
    /**
     * Copies or computes elements {@code from} to {@code from + count - 1} of the slice.
     *
     * @param target [count]
     */
    void read(int from, float[] target, int count);
  }

  /** Where a slice's numbers go. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes elements {@code from} to {@code from + count - 1} of the slice.
     *
     * @param values [count] may be overwritten
     */
    void write(int from, float[] values, int count);
  }

  public Coded {
    if (bytes.length != code.bytes(length)) {
      throw new IllegalArgumentException(
          String.format(
              "exchange: %d elements in %s take %d bytes, found %d",
              length, code, code.bytes(length), bytes.length));
    }
  }

  /** Codes a slice, a chunk at a time: nothing of its size is allocated but the bytes. */
  public static Coded of(Code code, int length, Dither dither, Source source) {
    byte[] bytes = new byte[code.bytes(length)];
    float[] values = new float[Math.min(CHUNK, length)];
    for (int from = 0; from < length; from += CHUNK) {
      int n = Math.min(CHUNK, length - from);
      source.read(from, values, n);
      code.codec().encode(values, 0, n, bytes, code.bytes(from), dither.at(from));
    }
    return new Coded(code, length, bytes);
  }

  /** As they are. */
  public static Coded of(float[] values) {
    byte[] bytes = new byte[Code.FP32.bytes(values.length)];
    Code.FP32.codec().encode(values, 0, values.length, bytes, 0, Dither.NONE);
    return new Coded(Code.FP32, values.length, bytes);
  }

  /**
   * Decodes a part.
   *
   * @param from a multiple of {@link #CHUNK}
   * @param values [count]
   */
  public void read(int from, float[] values, int count) {
    code.codec().decode(bytes, code.bytes(from), values, 0, count);
  }

  /** Decodes all, a chunk at a time. */
  public void forEach(Sink sink) {
    float[] values = new float[Math.min(CHUNK, length)];
    for (int from = 0; from < length; from += CHUNK) {
      int n = Math.min(CHUNK, length - from);
      read(from, values, n);
      sink.write(from, values, n);
    }
  }

  /** All elements. */
  public float[] toFloats() {
    float[] all = new float[length];
    forEach((from, values, count) -> System.arraycopy(values, 0, all, from, count));
    return all;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Coded that
        && code == that.code
        && length == that.length
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
