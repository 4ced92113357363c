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
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.Precision;
import org.kindling.kernels.Tensor;

/**
 * A run of elements of a libtorch tensor with one axis, on any device. A tensor of activations can
 * be seen in two ways: as float32, and as bfloat16 in the first half of the same bytes. A pass uses
 * one of them.
 */
final class TorchTensor implements Tensor {
  private final TorchDevice device;

  /** Owns its memory, or is a slice of one that does. */
  private final org.bytedeco.pytorch.Tensor all;

  /** The same bytes as bfloat16; null for what is never in a lower precision. */
  private final org.bytedeco.pytorch.Tensor half;

  private final long first;
  private final long size;
  private final boolean isSlice;

  TorchTensor(TorchDevice device, org.bytedeco.pytorch.Tensor all) {
    this(device, all, null);
  }

  private TorchTensor(
      TorchDevice device, org.bytedeco.pytorch.Tensor all, org.bytedeco.pytorch.Tensor half) {
    this(device, all, half, 0, all.numel(), false);
    if (!device.isGpu()) {
      OffHeapMemory.allocated(bytes());
    }
  }

  private long bytes() {
    return size * all.element_size();
  }

  private TorchTensor(
      TorchDevice device,
      org.bytedeco.pytorch.Tensor all,
      org.bytedeco.pytorch.Tensor half,
      long first,
      long size,
      boolean isSlice) {
    this.device = device;
    this.all = all;
    this.half = half;
    this.first = first;
    this.size = size;
    this.isSlice = isSlice;
  }

  /** A tensor that can be seen in both ways. */
  static TorchTensor ofActivations(TorchDevice device, org.bytedeco.pytorch.Tensor all) {
    return new TorchTensor(device, all, all.view(ScalarType.BFloat16));
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

  /** The tensor as kernels of a precision see it. */
  static TorchTensor of(Tensor tensor, Precision precision) {
    TorchTensor own = of(tensor);
    return precision == Precision.BF16 && own.half != null
        ? new TorchTensor(own.device, own.half, null, own.first, own.size, true)
        : own;
  }

  @Override
  public long size() {
    return size;
  }

  /** Whether elements are bfloat16. */
  static boolean isHalf(org.bytedeco.pytorch.Tensor tensor) {
    // What comes from native code is equal to no constant before.
    return tensor.scalar_type().intern() == ScalarType.BFloat16;
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
  org.bytedeco.pytorch.Tensor heads(Columns columns, long row, long rows, int heads, int width) {
    return view(
        row * columns.stride() + columns.from(),
        new long[] {rows, heads, width},
        new long[] {columns.stride(), columns.head(1, width), 1});
  }

  @Override
  public void read(long from, float[] target, int offset, int length) {
    Objects.checkFromIndexSize(from, length, size);
    for (int done = 0; done < length; done += TorchDevice.STAGED) {
      int some = Math.min(TorchDevice.STAGED, length - done);
      try (PointerScope scope = device.enter()) {
        org.bytedeco.pytorch.Tensor values = vector(from + done, some);
        org.bytedeco.pytorch.Tensor host;
        if (device.isGpu()) {
          host = device.staging().narrow(0, 0, some);
          host.copy_(values);
        } else {
          host = values.to(ScalarType.Float);
        }
        new FloatPointer(host.data_ptr()).get(target, offset + done, some);
      }
    }
  }

  @Override
  public void write(long to, float[] source, int offset, int length) {
    Objects.checkFromIndexSize(to, length, size);
    for (int done = 0; done < length; done += TorchDevice.STAGED) {
      int some = Math.min(TorchDevice.STAGED, length - done);
      try (PointerScope scope = device.enter()) {
        org.bytedeco.pytorch.Tensor host =
            device.isGpu() ? device.staging().narrow(0, 0, some) : torch.empty(some);
        new FloatPointer(host.data_ptr()).put(source, offset + done, some);
        vector(to + done, some).copy_(host);
      }
    }
  }

  /** Whole numbers on the CPU; lives as long as the scope it is made in. */
  static org.bytedeco.pytorch.Tensor longs(long[] values, long... extents) {
    org.bytedeco.pytorch.Tensor host =
        torch.empty(extents, new org.bytedeco.pytorch.TensorOptions(ScalarType.Long), null);
    new LongPointer(host.data_ptr()).put(values, 0, values.length);
    return host;
  }

  /** [count] of ids on a device; lives as long as the scope it is made in. */
  static org.bytedeco.pytorch.Tensor ids(int[] ids, int first, int count, Device place) {
    long[] some = Arrays.stream(ids, first, first + count).asLongStream().toArray();
    return longs(some, count).to(place, ScalarType.Long);
  }

  @Override
  public void clear() {
    try (PointerScope scope = device.enter()) {
      vector(0, size).zero_();
    }
  }

  @Override
  public TorchTensor slice(long from, long length) {
    Objects.checkFromIndexSize(from, length, size);
    return new TorchTensor(device, all, half, first + from, length, true);
  }

  @Override
  public void close() {
    if (!isSlice && !all.isNull()) {
      if (!device.isGpu()) {
        OffHeapMemory.freed(bytes());
      }
      if (half != null) {
        half.close();
      }
      all.close();
    }
  }
}
