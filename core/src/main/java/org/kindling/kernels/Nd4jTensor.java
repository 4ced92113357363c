package org.kindling.kernels;

import java.util.Arrays;
import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Elements of one type wherever the ND4J backend keeps them; views of any shape share them. */
final class Nd4jTensor implements Tensor {
  static {
    JavaCppLimits.lift();
  }

  private final DataBuffer buffer;
  private final long start;
  private final long size;

  /** What {@link #close} frees; null for a slice. */
  private INDArray owned;

  Nd4jTensor(long size, DataType type) {
    if (size < 1) {
      throw new IllegalArgumentException("tensor: expected at least 1 element, found " + size);
    }
    this.owned = Nd4j.createUninitializedDetached(type, size);
    this.buffer = owned.data();
    this.start = 0;
    this.size = size;
    OffHeapMemory.allocated(bytes());
    owned.assign(0);
  }

  private Nd4jTensor(DataBuffer buffer, long start, long size) {
    this.buffer = buffer;
    this.start = start;
    this.size = size;
  }

  /** Elements from {@code from} on as a row-major array of this shape, without a copy. */
  INDArray view(long from, long... shape) {
    long elements = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    Objects.checkFromIndexSize(from, elements, size);
    return view(from, shape, rowMajor(shape));
  }

  /** Elements that lie {@code strides} apart, from {@code from} on, without a copy. */
  INDArray view(long from, long[] shape, long[] strides) {
    return Nd4j.create(buffer, shape, strides, start + from, 'c');
  }

  private static long[] rowMajor(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape[axis];
    }
    return strides;
  }

  private long bytes() {
    return size * buffer.getElementSize();
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void read(long from, float[] target, int offset, int length) {
    if (length > 0) {
      float[] values = view(from, length).dup().castTo(DataType.FLOAT).toFloatVector();
      System.arraycopy(values, 0, target, offset, length);
    }
  }

  @Override
  public void write(long to, float[] source, int offset, int length) {
    if (length > 0) {
      float[] values = Arrays.copyOfRange(source, offset, offset + length);
      view(to, length).assign(Nd4j.createFromArray(values));
    }
  }

  @Override
  public void clear() {
    view(0, size).assign(0);
  }

  @Override
  public Nd4jTensor slice(long from, long length) {
    Objects.checkFromIndexSize(from, length, size);
    return new Nd4jTensor(buffer, start + from, length);
  }

  @Override
  public void close() {
    if (owned != null) {
      owned.close();
      OffHeapMemory.freed(bytes());
      owned = null;
    }
  }
}
