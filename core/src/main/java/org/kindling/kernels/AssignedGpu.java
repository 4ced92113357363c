package org.kindling.kernels;

import java.util.OptionalInt;

/**
 * The GPU that the calling thread is to compute on, as whoever started its work has said: Spark for
 * tasks. A card that fails is named by it.
 *
 * <pre>{@code
 * AssignedGpu.set(3);
 * AssignedGpu.ofThisThread(); // OptionalInt[3]
 * }</pre>
 *
 * Each thread has its own.
 */
public final class AssignedGpu {
  private static final ThreadLocal<Integer> ADDRESS = new ThreadLocal<>();

  private AssignedGpu() {}

  /**
   * @param address number among the GPUs that this process sees
   */
  public static void set(int address) {
    if (address < 0) {
      throw new IllegalArgumentException(
          "GPU address " + address + ": expected 0 or more, as gpu/discover-gpus.sh prints");
    }
    ADDRESS.set(address);
  }

  /** Spark gives its threads to other tasks. */
  public static void clear() {
    ADDRESS.remove();
  }

  /** Empty if nothing was assigned. */
  public static OptionalInt ofThisThread() {
    Integer address = ADDRESS.get();
    return address == null ? OptionalInt.empty() : OptionalInt.of(address);
  }
}
