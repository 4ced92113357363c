package org.kindling.kernels;

/**
 * A flat run of numbers that belongs to one {@link Kernels}: off-heap memory of the CPU, device
 * memory, or doubles on the heap in the oracle. Its kernels know its type; everyone else copies
 * through these methods. Not thread-safe.
 */
public interface Tensor extends AutoCloseable {
  /** Number of elements. */
  long size();

  /** Copies {@code length} elements from position {@code from} into {@code target}. */
  void read(long from, float[] target, int offset, int length);

  /** Copies {@code length} elements of {@code source} to position {@code to}. */
  void write(long to, float[] source, int offset, int length);

  /** Sets every element to zero. */
  void clear();

  /**
   * A view of {@code length} elements from position {@code from}: it shares this tensor's memory,
   * must not be used after this tensor is closed, and closing it does nothing.
   */
  Tensor slice(long from, long length);

  @Override
  void close();
}
