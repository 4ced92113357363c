package org.kindling.kernels;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Memory outside the heap: how much the tensors of this process hold, and whether more can be had,
 * on the machine or on a GPU. Threads share it.
 *
 * <pre>{@code
 * OffHeapMemory.allocate(kernels, "model", 4_600_000_000L, "use a smaller batch", () -> make());
 * // model: needs 4600000000 bytes outside the heap, 2100000000 are available; use a smaller batch
 * }</pre>
 */
public final class OffHeapMemory {
  private static final AtomicLong HELD = new AtomicLong();
  private static final AtomicLong PEAK = new AtomicLong();

  private OffHeapMemory() {}

  /** To be told by whoever allocates. */
  public static void allocated(long bytes) {
    long held = HELD.addAndGet(bytes);
    PEAK.accumulateAndGet(held, Math::max);
  }

  /** To be told by whoever frees. */
  public static void freed(long bytes) {
    HELD.addAndGet(-bytes);
  }

  /** Bytes of all tensors that are not closed. */
  public static long heldBytes() {
    return HELD.get();
  }

  /** The most that was held at once since the process began or {@link #startPeak}. */
  public static long peakBytes() {
    return PEAK.get();
  }

  /** Forgets the peak so far. */
  public static void startPeak() {
    PEAK.set(HELD.get());
  }

  /**
   * Allocates if there is memory enough. One thread at a time, so that two workers that start
   * together do not both count on the same bytes.
   *
   * @param kernels whose memory it is
   * @param where begins the message
   * @param neededBytes of the tensors that {@code allocation} makes
   * @param remedy ends the message
   * @throws MemoryShortageException naming needed and available bytes; nothing is allocated then
   */
  public static synchronized <T> T allocate(
      Kernels kernels, String where, long neededBytes, String remedy, Supplier<T> allocation) {
    require(kernels, where, neededBytes, remedy);
    return allocation.get();
  }

  /** As {@link #allocate}, without allocating. */
  public static void require(Kernels kernels, String where, long neededBytes, String remedy) {
    String place = kernels.onGpu() ? "of its GPU's memory" : "outside the heap";
    require(where, neededBytes, new Available(kernels.availableBytes(), place), remedy);
  }

  /** As {@link #allocate}, without allocating, of memory of this machine. */
  public static void require(String where, long neededBytes, String remedy) {
    require(where, neededBytes, new Available(availableBytes(), "outside the heap"), remedy);
  }

  /** What the machine, or the container that this process runs in, could still give. */
  static long availableBytes() {
    return AvailableMemory.ofThisMachine().bytes(heldBytes());
  }

  /**
   * What could be had.
   *
   * @param place where it is, for the message
   */
  record Available(long bytes, String place) {}

  static void require(String where, long neededBytes, Available available, String remedy) {
    if (neededBytes > available.bytes()) {
      throw new MemoryShortageException(
          String.format(
              "%s: needs %d bytes %s, %d are available; %s",
              where, neededBytes, available.place(), Math.max(0, available.bytes()), remedy));
    }
  }
}
