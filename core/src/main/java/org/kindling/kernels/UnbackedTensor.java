package org.kindling.kernels;

import java.util.Objects;

/** A tensor that has a size and no memory. */
final class UnbackedTensor implements Tensor {
  private final long size;

  UnbackedTensor(long size) {
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Tensor slice(long from, long length) {
    Objects.checkFromIndexSize(from, length, size);
    return new UnbackedTensor(length);
  }

  @Override
  public void read(long from, float[] target, int offset, int length) {
    throw unbacked();
  }

  @Override
  public void write(long to, float[] source, int offset, int length) {
    throw unbacked();
  }

  @Override
  public void clear() {
    throw unbacked();
  }

  private static IllegalStateException unbacked() {
    return new IllegalStateException("tensor: was counted, not allocated");
  }

  @Override
  public void close() {
    // There is nothing to free.
  }
}
