package org.kindling.kernels;

import java.util.Arrays;
import java.util.Objects;

/** Doubles on the heap; slices share the array. */
public final class PlainTensor implements Tensor {
  final double[] values;
  final int start;
  private final int size;

  PlainTensor(int size) {
    this(new double[size], 0, size);
  }

  private PlainTensor(double[] values, int start, int size) {
    this.values = values;
    this.start = start;
    this.size = size;
  }

  /** Element {@code i} in double precision. */
  public double get(long i) {
    return values[Math.toIntExact(start + Objects.checkIndex(i, size))];
  }

  /** Sets element {@code i} in double precision. */
  public void set(long i, double value) {
    values[Math.toIntExact(start + Objects.checkIndex(i, size))] = value;
  }

  /** Adds to element {@code i} in double precision. */
  void add(long i, double value) {
    set(i, get(i) + value);
  }

  /** The tensor as what it is. */
  static PlainTensor of(Tensor tensor) {
    return (PlainTensor) tensor;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long from, float[] target, int offset, int length) {
    for (int i = 0; i < length; i++) {
      target[offset + i] = (float) get(from + i);
    }
  }

  @Override
  public void write(long to, float[] source, int offset, int length) {
    for (int i = 0; i < length; i++) {
      set(to + i, source[offset + i]);
    }
  }

  @Override
  public void clear() {
    Arrays.fill(values, start, start + size, 0);
  }

  @Override
  public PlainTensor slice(long from, long length) {
    Objects.checkFromIndexSize(from, length, size);
    return new PlainTensor(values, Math.toIntExact(start + from), Math.toIntExact(length));
  }

  @Override
  public void close() {
    // On the heap: nothing to free.
  }
}
