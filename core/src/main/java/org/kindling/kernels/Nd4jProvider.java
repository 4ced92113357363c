package org.kindling.kernels;

import java.util.Optional;

/** Kernels of ND4J operations, on whatever backend of it is on the class path. */
public final class Nd4jProvider implements KernelsProvider {
  static final String NAME = "nd4j";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isForGpus() {
    return Gpus.hasBackend();
  }

  @Override
  public Optional<String> obstacle(Device device) {
    if (device == Device.CUDA && !isForGpus()) {
      return ofCpus();
    }
    if (device == Device.CPU && isForGpus()) {
      return Optional.of(
          "'nd4j' has its backend for GPUs on the class path; use vector, or device auto");
    }
    // Its backend has no other device than the one it was built for.
    return isForGpus() ? CudaDriver.ofThisProcess().obstacle() : Optional.empty();
  }

  private static Optional<String> ofCpus() {
    return Optional.of(
        "'nd4j' has its backend for CPUs on the class path; build with -Pcuda, or use device auto");
  }

  @Override
  public Optional<String> obstacle(CudaDriver driver, int address) {
    if (!isForGpus()) {
      return ofCpus();
    }
    return driver.obstacle().isPresent()
        ? driver.obstacle()
        : Gpus.withoutCode(driver.cards().get(address));
  }

  @Override
  public boolean has(Precision precision) {
    return precision == Precision.FP32;
  }

  @Override
  public Kernels create(Precision precision, Device device) {
    return new Nd4jKernels();
  }
}
