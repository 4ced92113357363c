package org.kindling.kernels;

import java.util.Objects;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Numbers or bytes of this machine outside the heap, zero at first, whatever kernels compute. It
 * comes from {@code calloc}, which {@code MaxDirectMemorySize} does not count. Threads may read and
 * write different parts at the same time.
 */
public final class HostMemory implements AutoCloseable {
  static {
    JavaCppLimits.lift();
  }

  private final long bytes;
  private Pointer memory;

  /**
   * @throws OutOfMemoryError if the machine has not so much
   */
  public HostMemory(long bytes) {
    this.bytes = bytes;
    memory = Pointer.calloc(Math.max(1, bytes), 1);
    if (memory == null || memory.isNull()) {
      throw new OutOfMemoryError("state: no memory outside the heap for " + bytes + " bytes");
    }
    OffHeapMemory.allocated(bytes);
  }

  /** Of so many float32. */
  public static HostMemory ofFloats(long elements) {
    return new HostMemory(Math.multiplyExact(elements, Float.BYTES));
  }

  /** Copies float32 from element {@code from} on. */
  public void read(long from, float[] target, int count) {
    floats(from, count).get(target, 0, count);
  }

  /** Copies float32 to element {@code to} and those behind. */
  public void write(long to, float[] source, int count) {
    floats(to, count).put(source, 0, count);
  }

  /** Copies bytes. */
  public void read(long from, byte[] target, int count) {
    Objects.checkFromIndexSize(from, (long) count, bytes);
    new BytePointer(open()).position(from).get(target, 0, count);
  }

  /** Copies bytes. */
  public void write(long to, byte[] source, int count) {
    Objects.checkFromIndexSize(to, (long) count, bytes);
    new BytePointer(open()).position(to).put(source, 0, count);
  }

  private FloatPointer floats(long from, int count) {
    Objects.checkFromIndexSize(from, (long) count, bytes / Float.BYTES);
    return new FloatPointer(open()).position(from);
  }

  private Pointer open() {
    if (memory == null) {
      throw new IllegalStateException("memory outside the heap: used after it was closed");
    }
    return memory;
  }

  @Override
  public void close() {
    if (memory != null) {
      Pointer.free(memory);
      OffHeapMemory.freed(bytes);
      memory = null;
    }
  }
}
