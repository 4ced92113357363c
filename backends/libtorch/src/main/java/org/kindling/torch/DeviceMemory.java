package org.kindling.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.cuda.DeviceStats;
import org.bytedeco.pytorch.global.torch;
import org.kindling.kernels.Device;

/**
 * What tensors of this process hold on a GPU, by libtorch's own allocator. Threads share it.
 *
 * <pre>{@code
 * DeviceMemory.startPeak(0);
 * train(); // on the first GPU
 * DeviceMemory.peakBytes(0); // 17_180_000_000
 * }</pre>
 *
 * Only where a tensor was made on the GPU before; {@link IllegalStateException} where there is
 * none.
 */
public final class DeviceMemory {
  private DeviceMemory() {}

  /**
   * The most that tensors held at once since the process began or {@link #startPeak}, temporary
   * ones included; not what the allocator has in reserve, nor CUDA's own few hundred megabytes.
   *
   * @param address number among the GPUs that this process sees
   */
  public static long peakBytes(int address) {
    requireCard();
    try (PointerScope scope = new PointerScope()) {
      DeviceStats statistics = torch.getDeviceStats((byte) address);
      // The first of three is of tensors of all sizes.
      return statistics.allocated_bytes().peak();
    }
  }

  /** What tensors hold now. */
  public static long heldBytes(int address) {
    requireCard();
    try (PointerScope scope = new PointerScope()) {
      return torch.getDeviceStats((byte) address).allocated_bytes().current();
    }
  }

  /** Forgets the peak so far. */
  public static void startPeak(int address) {
    requireCard();
    torch.resetPeakStats((byte) address);
  }

  /** libtorch's own message has a page of frames. */
  private static void requireCard() {
    new TorchProvider()
        .obstacle(Device.CUDA)
        .ifPresent(
            problem -> {
              throw new IllegalStateException("memory of a GPU: " + problem);
            });
    Natives.load();
  }
}
