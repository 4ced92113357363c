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
   * A direct buffer has int positions in bytes, so a long tensor is seen through windows. One
   * begins every {@value} elements, and each reaches over the next, if the tensor does: a run of up
   * to as many elements lies whole in the window that its first element is found in.
   */
  static final long STRIDE_ELEMENTS = 1L << 27;

  private static final int STRIDE_BITS = 27;
  private static final long WINDOW_ELEMENTS = 2 * STRIDE_ELEMENTS;

  private static final int ALIGNMENT_BYTES = 64;

  static {
    JavaCppLimits.lift();
  }

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
  private ByteBuffer[] windows;

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
    OffHeapMemory.allocated(bytes);
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
    windows = new ByteBuffer[Math.toIntExact((size + STRIDE_ELEMENTS - 1) / STRIDE_ELEMENTS)];
    for (int i = 0; i < windows.length; i++) {
      // A buffer begins at its pointer's address, whatever the pointer's position.
      long start = i * STRIDE_ELEMENTS;
      FloatPointer window = pointer.getPointer(FloatPointer.class, start);
      window.limit(Math.min(size - start, WINDOW_ELEMENTS));
      windows[i] = window.asByteBuffer().order(ByteOrder.nativeOrder());
    }
  }

  @Override
  public long size() {
    return size;
  }

  /** The tensor's first elements, at least {@link #STRIDE_ELEMENTS} if it has them, as bytes. */
  ByteBuffer buffer() {
    return window(0);
  }

  /** The window, in bytes of native order, that a run of elements is found in. */
  ByteBuffer window(long first) {
    if (windows == null) {
      throw new IllegalStateException("tensor: used after it was closed");
    }
    return windows[(int) (first >> STRIDE_BITS)];
  }

  /** Where an element lies in its window. */
  static int within(long element) {
    return (int) (element & (STRIDE_ELEMENTS - 1));
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
   * Address of an element of two bytes.
   *
   * @param first float32 element at which those of two bytes begin
   * @param half one of these
   */
  BytePointer halves(long first, long half) {
    bytes.position(first * Float.BYTES + half * Short.BYTES);
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
      OffHeapMemory.freed(bytesFor(size));
      memory = null;
      base = null;
      bytes = null;
      left = null;
      right = null;
      result = null;
      windows = null;
    }
  }
}
