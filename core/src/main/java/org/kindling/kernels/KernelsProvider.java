package org.kindling.kernels;

import java.util.Optional;

/**
 * Kernels of one kind, found by {@link java.util.ServiceLoader}: {@code vector} and {@code nd4j}
 * are always there, {@code torch} where the jar of {@code backends/libtorch} is on the class path.
 * Loading a provider loads no native code.
 */
public interface KernelsProvider {
  /** What {@code training.kernels} calls them. */
  String name();

  /** Whether what is on the class path was built for GPUs; asks no driver. */
  boolean isForGpus();

  /**
   * Why this process cannot have them; empty if it can. Of {@link Device#AUTO} there is an obstacle
   * if no device will do.
   */
  Optional<String> obstacle(Device device);

  /**
   * Why they cannot use a GPU, by what a driver has said; empty if they can.
   *
   * @param address number among the driver's cards
   */
  Optional<String> obstacle(CudaDriver driver, int address);

  /** Whether they have products in this precision, on processors that have it. */
  boolean has(Precision precision);

  /**
   * New kernels, which belong to one thread at a time. They take no memory of a device before the
   * first tensor.
   *
   * @param precision one that {@link #has}; where the processor lacks it, the log says so once and
   *     the kernels are in fp32
   * @param device one without {@link #obstacle}, or of a machine that this process plans for
   */
  Kernels create(Precision precision, Device device);
}
