package org.kindling.kernels;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the kernels that a name means in this JVM. */
final class KernelChoice {
  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);
  private static final String AUTO = "auto";
  private static final String CUDA_BACKEND = "org.nd4j.linalg.jcublas.JCublasBackend";

  /** Looked for once: a search of the whole class path that every task would wait for. */
  private static final boolean HAS_CUDA = isPresent(CUDA_BACKEND);

  /** All there are, present here or not: a setting is read on machines that lack some. */
  private static final List<String> NAMES =
      List.of(AUTO, VectorProvider.NAME, Nd4jProvider.NAME, "torch");

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

  static Kernels named(String name) {
    return name.equals(AUTO) ? best() : present(name).create(Precision.FP32);
  }

  static Kernels inDouble() {
    return new Nd4jKernels(DataType.DOUBLE);
  }

  static Kernels named(String name, Precision precision) {
    if (precision == Precision.FP32) {
      return named(name);
    }
    KernelsProvider provider = present(name.equals(AUTO) ? VectorProvider.NAME : name);
    if (!provider.has(precision)) {
      throw new IllegalArgumentException(
          String.format(
              "kernels: %s kernels have no precision %s; use auto or vector, or precision fp32",
              name, precision.label()));
    }
    return provider.create(precision);
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
    provider
        .obstacle()
        .ifPresent(
            obstacle -> {
              throw new IllegalArgumentException("kernels: " + obstacle);
            });
    return provider;
  }

  private static Kernels best() {
    if (hasCuda()) {
      return new Nd4jKernels();
    }
    if (VectorProvider.hasModule()) {
      return new VectorKernels();
    }
    LOG.warn(
        "The module {} is missing, so steps run several times slower on ND4J operations;"
            + " start Java with --add-modules {}",
        VectorProvider.MODULE,
        VectorProvider.MODULE);
    return new Nd4jKernels();
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
