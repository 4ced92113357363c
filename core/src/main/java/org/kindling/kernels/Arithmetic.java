package org.kindling.kernels;

import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a thread computes: what decides the bits of a run beside its settings and its data. Two
 * machines with equal descriptions give the same bits.
 *
 * <pre>{@code
 * try (Kernels kernels = Kernels.named("auto")) {
 *   kernels.arithmetic(); // vector, oneDNN, fp32, avx512_core, 512-bit vectors, CPU
 * }
 * }</pre>
 *
 * @param kernels name of the kernels that are used, never {@code auto}
 * @param products the library of the matrix products: oneDNN, OpenBLAS or cuBLAS
 * @param precision of the factors of products that is used, not what was asked for
 * @param instructions of the processor as far as they change bits, or a GPU's compute capability
 * @param vectorBits width of {@code jdk.incubator.vector}'s registers; 0 if they are not used
 * @param device CPU, or CUDA and the GPU's name
 */
public record Arithmetic(
    String kernels,
    String products,
    String precision,
    String instructions,
    int vectorBits,
    String device)
    implements Serializable {
  private static final String CPU = "CPU";
  private static final String ONE_DNN = "oneDNN";
  private static final String OPEN_BLAS = "OpenBLAS";

  /** Of {@code vector} kernels. */
  static Arithmetic ofVector(Precision precision) {
    boolean oneDnn = Blas.best() instanceof OneDnnBlas;
    return new Arithmetic(
        VectorProvider.NAME,
        oneDnn ? ONE_DNN : OPEN_BLAS,
        precision.label(),
        oneDnn ? Instructions.ofOneDnn(precision) : Instructions.ofOpenBlas(),
        Lanes.WIDTH * Float.SIZE,
        CPU);
  }

  /** Of models whose network is DL4J's: ND4J computes it, the kernels only the optimizer's step. */
  public static Arithmetic ofNetworks(Kernels kernels) {
    Arithmetic network = ofNd4j(kernels);
    int vectorBits = kernels.name().equals("vector") ? Lanes.WIDTH * Float.SIZE : 0;
    return new Arithmetic(
        kernels.name(),
        network.products(),
        network.precision(),
        network.instructions(),
        vectorBits,
        network.device());
  }

  /** Of ND4J's operations, on the device of the calling thread. */
  static Arithmetic ofNd4j(Kernels kernels) {
    String precision = Precision.FP32.label();
    if (!Gpus.hasBackend()) {
      return new Arithmetic(
          kernels.name(), OPEN_BLAS, precision, Instructions.ofOpenBlas(), 0, CPU);
    }
    Gpus.Gpu gpu = Gpus.current();
    return new Arithmetic(
        kernels.name(), "cuBLAS", precision, gpu.capability(), 0, "CUDA " + gpu.name());
  }

  /** Whether {@link #device} is a GPU. */
  public boolean usesGpu() {
    return !device.equals(CPU);
  }

  /** Every part by its name, in the order in which one decides the next. */
  public Map<String, String> parts() {
    Map<String, String> parts = new LinkedHashMap<>();
    parts.put("device", device);
    parts.put("kernels", kernels);
    parts.put("products", products);
    parts.put("precision", precision);
    parts.put("instructions", instructions);
    parts.put("vector width", vectorBits + " bits");
    return parts;
  }

  /**
   * Names of the parts in which this differs from another; of those that follow from another
   * difference, such as the library on another device, none.
   */
  public List<String> differencesFrom(Arithmetic other) {
    Map<String, String> others = other.parts();
    List<String> names =
        parts().entrySet().stream()
            .filter(part -> !part.getValue().equals(others.get(part.getKey())))
            .map(Map.Entry::getKey)
            .toList();
    boolean first = names.contains("device") || names.contains("kernels");
    return first ? names.subList(0, 1) : names;
  }

  @Override
  public String toString() {
    String vectors = vectorBits == 0 ? "" : vectorBits + "-bit vectors, ";
    return String.join(", ", kernels, products, precision, instructions) + ", " + vectors + device;
  }
}
