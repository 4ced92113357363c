package org.kindling.kernels;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Kernels for one core of a CPU. */
public final class VectorProvider implements KernelsProvider {
  static final String NAME = "vector";
  static final String MODULE = "jdk.incubator.vector";

  private static final Logger LOG = LoggerFactory.getLogger(VectorProvider.class);

  /** What the log was told already. */
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isForGpus() {
    return false;
  }

  @Override
  public Optional<String> obstacle(Device device) {
    if (device == Device.CUDA) {
      return onGpus();
    }
    return hasModule()
        ? Optional.empty()
        : Optional.of(
            "'vector' needs the module " + MODULE + "; start Java with --add-modules " + MODULE);
  }

  @Override
  public Optional<String> obstacle(CudaDriver driver, int address) {
    return onGpus();
  }

  private static Optional<String> onGpus() {
    return Optional.of("'vector' computes on CPUs; use torch or nd4j, or device auto");
  }

  static boolean hasModule() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  @Override
  public boolean has(Precision precision) {
    return true;
  }

  @Override
  public Kernels create(Precision precision, Device device) {
    return precision == Precision.BF16 ? bf16(OneDnn.obstacle()) : new VectorKernels();
  }

  /**
   * @param obstacle why this process has no bf16 products
   */
  static Kernels bf16(Optional<String> obstacle) {
    if (obstacle.isEmpty()) {
      return new VectorKernels(new Bf16Products());
    }
    if (SAID.add(obstacle.get())) {
      LOG.warn("precision bf16: {}; using fp32", obstacle.get());
    }
    return new VectorKernels();
  }
}
