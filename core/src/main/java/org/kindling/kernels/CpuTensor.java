package org.kindling.kernels;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * float32 elements in memory outside the heap, 64-byte aligned. It comes from {@code calloc}, which
 * neither {@code MaxDirectMemorySize} nor JavaCPP's own limit counts, and is freed by {@link
 * #close}. The same memory is seen as pointers, for BLAS, and as a buffer, for vector code.
 */
final class CpuTensor implements Tensor {
  /**
   * A direct buffer has int positions in bytes: longer vectors are seen as pages of this many
   * elements, and layers take tensors of one page.
   */
  static final long PAGE_ELEMENTS = 1L << 28;

  private static final int ALIGNMENT_BYTES = 64;

  /** How often a vector and its slices, which share this, were written. */
  private static final class Changes {
    private long count;
  }

  private final long size;
  private final Changes changes;

  /** What {@link #close} frees; null for a slice. */
  private Pointer memory;

  private FloatPointer base;
  private BytePointer bytes;
  private FloatPointer left;
  private FloatPointer right;
  private FloatPointer result;
  private ByteBuffer[] pages;

  CpuTensor(long size) {
    if (size < 1) {
      throw new IllegalArgumentException("tensor: expected at least 1 element, found " + size);
    }
    this.size = size;
    this.changes = new Changes();
    long bytes = bytesFor(size);
    memory = Pointer.calloc(bytes, 1);
    if (memory == null || memory.isNull()) {
      throw new OutOfMemoryError(
          "tensor: no memory outside the heap for " + size + " elements; use a smaller batch");
    }
    OffHeapMemory.took(bytes);
    long misalignment = memory.address() % ALIGNMENT_BYTES;
    long skip = misalignment == 0 ? 0 : ALIGNMENT_BYTES - misalignment;
    view(new FloatPointer(new BytePointer(memory).getPointer(BytePointer.class, skip)));
  }

  /** What a tensor of so many elements takes, alignment included. */
  static long bytesFor(long size) {
    return Math.addExact(Math.multiplyExact(size, Float.BYTES), ALIGNMENT_BYTES);
  }

  private CpuTensor(FloatPointer base, long size, Changes changes) {
    this.size = size;
    this.changes = changes;
    view(base);
  }

  /**
   * The tensor as what it is.
   *
   * @throws IllegalArgumentException if other kernels made it
   */
  static CpuTensor of(Tensor tensor) {
    if (tensor instanceof CpuTensor cpu) {
      return cpu;
    }
    throw new IllegalArgumentException(
        "vector kernels: expected a tensor of their own, found "
            + tensor.getClass().getSimpleName()
            + "; allocate it with the same kernels");
  }

  private void view(FloatPointer pointer) {
    base = pointer;
    bytes = new BytePointer(pointer);
    left = new FloatPointer(pointer);
    right = new FloatPointer(pointer);
    result = new FloatPointer(pointer);
    pages = new ByteBuffer[Math.toIntExact((size + PAGE_ELEMENTS - 1) / PAGE_ELEMENTS)];
    for (int i = 0; i < pages.length; i++) {
      FloatPointer page = new FloatPointer(pointer);
      page.position(i * PAGE_ELEMENTS);
      page.limit(Math.min(size, (i + 1) * PAGE_ELEMENTS));
      pages[i] = page.asByteBuffer().order(ByteOrder.nativeOrder());
    }
  }

  @Override
  public long size() {
    return size;
  }

  /** All elements as bytes in native order. */
  ByteBuffer buffer() {
    if (pages() != 1) {
      throw new IllegalArgumentException(
          "tensor: a layer addresses at most "
              + PAGE_ELEMENTS
              + " elements, found "
              + size
              + "; use a smaller batch");
    }
    return pages[0];
  }

  int pages() {
    if (pages == null) {
      throw new IllegalStateException("tensor: used after it was closed");
    }
    return pages.length;
  }

  /** Elements from {@code index} · {@link #PAGE_ELEMENTS} on, as bytes in native order. */
  ByteBuffer page(int index) {
    return pages[index];
  }

  /** Address of an element as the left operand of a product. Each role has its own pointer. */
  FloatPointer left(long element) {
    left.position(element);
    return left;
  }

  FloatPointer right(long element) {
    right.position(element);
    return right;
  }

  FloatPointer result(long element) {
    result.position(element);
    return result;
  }

  /** Address of an element where a pointer without a type is expected. */
  BytePointer bytes(long element) {
    bytes.position(element * Float.BYTES);
    return bytes;
  }

  /**
   * A number that differs after {@link #write}, {@link #clear} or {@link #changed} of this tensor
   * or any that shares its memory. What layers compute into their outputs is not counted.
   */
  long version() {
    return changes.count;
  }

  /** For those who write parameters through a buffer. */
  void changed() {
    changes.count++;
  }

  @Override
  public void read(long from, float[] target, int offset, int length) {
    Objects.checkFromIndexSize(from, length, size);
    base.position(from);
    base.get(target, offset, length);
  }

  @Override
  public void write(long to, float[] source, int offset, int length) {
    Objects.checkFromIndexSize(to, length, size);
    base.position(to);
    base.put(source, offset, length);
    changed();
  }

  @Override
  public void clear() {
    base.position(0);
    Pointer.memset(base, 0, size * Float.BYTES);
    changed();
  }

  @Override
  public CpuTensor slice(long from, long length) {
    Objects.checkFromIndexSize(from, length, size);
    base.position(0);
    return new CpuTensor(base.getPointer(FloatPointer.class, from), length, changes);
  }

  @Override
  public void close() {
    if (memory != null) {
      Pointer.free(memory);
      OffHeapMemory.gaveBack(bytesFor(size));
      memory = null;
      base = null;
      bytes = null;
      left = null;
      right = null;
      result = null;
      pages = null;
    }
  }
}
