package org.kindling.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.SizeTPair;
import org.bytedeco.pytorch.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.CudaDriver;
import org.kindling.kernels.Precision;

/**
 * Where the kernels of one replica compute: a core, or a GPU with a stream of its own, so that
 * several replicas share a card. Nothing native is touched before the first use. Belongs to one
 * thread at a time.
 */
final class TorchDevice implements AutoCloseable {
  /** Floats that cross to or from a GPU at a time. */
  static final int STAGED = 1 << 22;

  private static final int CPU = -1;
  private static final ThreadLocal<Boolean> ONE_THREAD = ThreadLocal.withInitial(() -> false);

  private final int address;
  private Device place;
  private Stream stream;
  private Tensor staging;

  private TorchDevice(int address) {
    this.address = address;
  }

  static TorchDevice cpu() {
    return new TorchDevice(CPU);
  }

  /**
   * @param address number among the GPUs that this process sees
   */
  static TorchDevice gpu(int address) {
    return new TorchDevice(address);
  }

  boolean isGpu() {
    return address != CPU;
  }

  /** Number among the GPUs that this process sees. */
  int address() {
    return address;
  }

  /** Where tensors lie. */
  Device place() {
    if (place == null) {
      open();
    }
    return place;
  }

  private void open() {
    Natives.load();
    if (!isGpu()) {
      place = new Device("cpu");
      return;
    }
    place = new Device("cuda:" + address);
    beDeterministic();
    stream = torch.getDeviceGuardImpl(DeviceType.CUDA).getStreamFromGlobalPool(place, false);
    try (TensorOptions floats = new TensorOptions(ScalarType.Float);
        BoolOptional yes = new BoolOptional(true);
        TensorOptions pinned = floats.pinned_memory(yes)) {
      staging = torch.empty(new long[] {STAGED}, pinned, null);
    }
  }

  /** Of the process: every operation has a form without atomics, or is refused by libtorch. */
  private static void beDeterministic() {
    Context context = torch.globalContext();
    context.setDeterministicAlgorithms(true, false);
    // Would fill whatever is made with NaN first.
    context.setDeterministicFillUninitializedMemory(false);
  }

  /**
   * Has the calling thread compute here, and opens a scope that frees what is made in it. To be
   * closed before another device is entered.
   */
  PointerScope enter() {
    use();
    return new PointerScope();
  }

  /** As {@link #enter}, for what outlives the call. */
  void use() {
    place();
    if (isGpu()) {
      torch.setDeviceIndex((byte) address);
      torch.setCurrentStream(stream);
    } else if (!ONE_THREAD.get()) {
      // A task has one core, and OpenMP asks each thread.
      torch.set_num_threads(1);
      ONE_THREAD.set(true);
    }
  }

  /** Options of a tensor here; the caller closes them. */
  TensorOptions options(ScalarType type) {
    try (DeviceOptional where = new DeviceOptional(place());
        TensorOptions ofType = new TensorOptions(type)) {
      return ofType.device(where);
    }
  }

  /** Host memory that a GPU copies to and from without the driver's help; null on the CPU. */
  Tensor staging() {
    return staging;
  }

  /** By what kernels of a precision compute here. */
  Arithmetic arithmetic(Precision precision) {
    Natives.load();
    String instructions = torch.get_cpu_capability().getString();
    String name = "CPU";
    if (isGpu()) {
      CudaDriver.Card card = CudaDriver.ofThisProcess().cards().get(address);
      instructions = card.capability();
      name = "CUDA " + card.name();
    }
    return new Arithmetic(TorchProvider.NAME, "libtorch", precision.label(), instructions, 0, name);
  }

  /** Bytes that tensors could still take on the GPU. */
  long availableBytes() {
    try (PointerScope scope = enter()) {
      // What closed tensors left with the allocator counts as free.
      torch.emptyCache();
      SizeTPair freeAndTotal = torch.getMemoryInfo((byte) address);
      return freeAndTotal.first();
    }
  }

  @Override
  public void close() {
    if (place != null) {
      place.close();
      place = null;
    }
    if (stream != null) {
      stream.close();
      stream = null;
      staging.close();
      staging = null;
    }
  }
}
