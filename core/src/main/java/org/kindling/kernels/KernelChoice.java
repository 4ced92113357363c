package org.kindling.kernels;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the kernels that are wanted in this JVM. */
final class KernelChoice {
  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);
  private static final String AUTO = "auto";
  private static final String TORCH = "torch";
  private static final String CUDA_BACKEND = "org.nd4j.linalg.jcublas.JCublasBackend";

  /** Looked for once: a search of the whole class path that every task would wait for. */
  private static final boolean HAS_CUDA = isPresent(CUDA_BACKEND);

  /** All there are, present here or not: a setting is read on machines that lack some. */
  private static final List<String> NAMES =
      List.of(AUTO, VectorProvider.NAME, Nd4jProvider.NAME, TORCH);

  /** By name. */
  private static final Map<String, KernelsProvider> PROVIDERS = providers();

  static {
    JavaCppLimits.lift();
  }

  private KernelChoice() {}

  private static Map<String, KernelsProvider> providers() {
    Map<String, KernelsProvider> found = new LinkedHashMap<>();
    for (KernelsProvider provider : ServiceLoader.load(KernelsProvider.class, loader())) {
      found.putIfAbsent(provider.name(), provider);
    }
    return found;
  }

  /** Executors load what --jars brought through the context loader. */
  private static ClassLoader loader() {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    return context == null ? KernelChoice.class.getClassLoader() : context;
  }

  static boolean isKnown(String name) {
    return NAMES.contains(name);
  }

  static String choices() {
    return String.join(", ", NAMES.subList(0, NAMES.size() - 1))
        + " or "
        + NAMES.get(NAMES.size() - 1);
  }

  static Kernels inDouble() {
    return new Nd4jKernels(DataType.DOUBLE);
  }

  static Kernels named(KernelsWanted wanted, Precision precision) {
    KernelsProvider provider = provider(wanted, precision);
    provider
        .obstacle(wanted.device())
        .ifPresent(
            obstacle -> {
              throw new IllegalArgumentException("kernels: " + obstacle);
            });
    return provider.create(precision, wanted.device());
  }

  static Kernels planned(KernelsWanted wanted, Precision precision) {
    return provider(wanted, precision).create(precision, wanted.device());
  }

  private static KernelsProvider provider(KernelsWanted wanted, Precision precision) {
    KernelsProvider provider =
        wanted.name().equals(AUTO) ? best(wanted.device(), precision) : present(wanted.name());
    if (!provider.has(precision)) {
      throw new IllegalArgumentException(
          String.format(
              "kernels: %s kernels have no precision %s; use auto, vector or torch, or precision fp32",
              provider.name(), precision.label()));
    }
    return provider;
  }

  private static KernelsProvider present(String name) {
    if (!isKnown(name)) {
      throw new IllegalArgumentException(
          "kernels: unknown kernels '" + name + "'; use " + choices());
    }
    KernelsProvider provider = PROVIDERS.get(name);
    if (provider == null) {
      throw new IllegalArgumentException(
          "kernels: the jar of '"
              + name
              + "' kernels is not on the class path; see docs/libtorch.md, or use auto");
    }
    return provider;
  }

  private static KernelsProvider best(Device device, Precision precision) {
    if (device != Device.CPU) {
      Optional<KernelsProvider> found = ofGpu(device, precision);
      if (found.isPresent()) {
        return found.get();
      }
    }
    if (precision == Precision.FP32 && !VectorProvider.hasModule()) {
      LOG.warn(
          "The module {} is missing, so steps run several times slower on ND4J operations;"
              + " start Java with --add-modules {}",
          VectorProvider.MODULE,
          VectorProvider.MODULE);
      return PROVIDERS.get(Nd4jProvider.NAME);
    }
    return PROVIDERS.get(VectorProvider.NAME);
  }

  /** The first that was built for GPUs, and for {@link Device#AUTO} can use one. */
  private static Optional<KernelsProvider> ofGpu(Device device, Precision precision) {
    Optional<KernelsProvider> found =
        List.of(TORCH, Nd4jProvider.NAME).stream()
            .map(PROVIDERS::get)
            .filter(p -> p != null && p.isForGpus() && p.has(precision))
            .filter(p -> device == Device.CUDA || p.obstacle(Device.CUDA).isEmpty())
            .findFirst();
    if (found.isEmpty() && device == Device.CUDA) {
      throw new IllegalArgumentException(
          "kernels: device cuda wants kernels that were built for GPUs, of precision "
              + precision.label()
              + ", and there are none on the class path; see docs/gpu.md, or use device auto");
    }
    return found;
  }

  /** Of those that have a build for GPUs. */
  static KernelsOnGpus onGpus() {
    Map<String, KernelsProvider> providers = new LinkedHashMap<>();
    for (String name : List.of(TORCH, Nd4jProvider.NAME)) {
      providers.put(name, PROVIDERS.get(name));
    }
    return new KernelsOnGpus(providers);
  }

  static boolean areForGpus() {
    return PROVIDERS.values().stream().anyMatch(KernelsProvider::isForGpus);
  }

  static boolean hasCuda() {
    return HAS_CUDA;
  }

  private static boolean isPresent(String className) {
    try {
      Class.forName(className, false, loader());
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
