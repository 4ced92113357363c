package org.kindling.torch;

import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Columns;
import org.kindling.kernels.Tensor;

/** A run of elements of a libtorch tensor with one axis, on any device. */
final class TorchTensor implements Tensor {
  /** Owns its memory, or is a slice of one that does. */
  private final org.bytedeco.pytorch.Tensor all;

  private final long first;
  private final long size;
  private final boolean isSlice;

  TorchTensor(org.bytedeco.pytorch.Tensor all) {
    this(all, 0, all.numel(), false);
  }

  private TorchTensor(org.bytedeco.pytorch.Tensor all, long first, long size, boolean isSlice) {
    this.all = all;
    this.first = first;
    this.size = size;
    this.isSlice = isSlice;
  }

  /**
   * The tensor as what it is.
   *
   * @throws IllegalArgumentException if other kernels made it
   */
  static TorchTensor of(Tensor tensor) {
    if (tensor instanceof TorchTensor own) {
      return own;
    }
    throw new IllegalArgumentException(
        "torch kernels: expected a tensor of their own, found "
            + tensor.getClass().getSimpleName()
            + "; allocate it with the same kernels");
  }

  @Override
  public long size() {
    return size;
  }

  /** Any arrangement of elements from {@code from}; lives as long as the scope it is made in. */
  org.bytedeco.pytorch.Tensor view(long from, long[] extents, long[] strides) {
    long last = from;
    for (int i = 0; i < extents.length; i++) {
      last += (extents[i] - 1) * strides[i];
    }
    Objects.checkIndex(last, size);
    return all.as_strided(extents, strides, new LongOptional(first + from));
  }

  /** Rows next to each other. */
  org.bytedeco.pytorch.Tensor matrix(long from, long rows, long columns) {
    return view(from, new long[] {rows, columns}, new long[] {columns, 1});
  }

  org.bytedeco.pytorch.Tensor vector(long from, long length) {
    return view(from, new long[] {length}, new long[] {1});
  }

  /** [rows, heads, width] of the rows from {@code row} on. */
  static org.bytedeco.pytorch.Tensor heads(
      Columns columns, long row, long rows, int heads, int width) {
    return of(columns.tensor())
        .view(
            row * columns.stride() + columns.from(),
            new long[] {rows, heads, width},
            new long[] {columns.stride(), columns.head(1, width), 1});
  }

  @Override
  public void read(long from, float[] target, int offset, int length) {
    Objects.checkFromIndexSize(from, length, size);
    if (length == 0) {
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      org.bytedeco.pytorch.Tensor host =
          vector(from, length).to(new Device("cpu"), ScalarType.Float);
      new FloatPointer(host.contiguous().data_ptr()).get(target, offset, length);
    }
  }

  @Override
  public void write(long to, float[] source, int offset, int length) {
    Objects.checkFromIndexSize(to, length, size);
    if (length == 0) {
      return;
    }
    try (PointerScope scope = new PointerScope()) {
      org.bytedeco.pytorch.Tensor host = torch.empty(length);
      new FloatPointer(host.data_ptr()).put(source, offset, length);
      vector(to, length).copy_(host);
    }
  }

  /** Whole numbers on the CPU; lives as long as the scope it is made in. */
  static org.bytedeco.pytorch.Tensor longs(long[] values, long... extents) {
    org.bytedeco.pytorch.Tensor host =
        torch.empty(extents, new org.bytedeco.pytorch.TensorOptions(ScalarType.Long), null);
    new LongPointer(host.data_ptr()).put(values, 0, values.length);
    return host;
  }

  /** [count] of ids on the CPU; lives as long as the scope it is made in. */
  static org.bytedeco.pytorch.Tensor ids(int[] ids, int first, int count) {
    return longs(Arrays.stream(ids, first, first + count).asLongStream().toArray(), count);
  }

  @Override
  public void clear() {
    try (PointerScope scope = new PointerScope()) {
      vector(0, size).zero_();
    }
  }

  @Override
  public TorchTensor slice(long from, long length) {
    Objects.checkFromIndexSize(from, length, size);
    return new TorchTensor(all, first + from, length, true);
  }

  @Override
  public void close() {
    if (!isSlice) {
      all.close();
    }
  }
}
