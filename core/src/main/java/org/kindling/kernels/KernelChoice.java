package org.kindling.kernels;

import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the kernels that a name means in this JVM. */
final class KernelChoice {
  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);
  private static final String VECTOR_MODULE = "jdk.incubator.vector";
  private static final String CUDA_BACKEND = "org.nd4j.linalg.jcublas.JCublasBackend";

  /** Looked for once: a search of the whole class path that every task would wait for. */
  private static final boolean HAS_CUDA = isPresent(CUDA_BACKEND);

  private static final Set<String> NAMES = Set.of("auto", "vector", "nd4j");

  /** What the log was told already. */
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  static {
    JavaCppLimits.lift();
  }

  private KernelChoice() {}

  static boolean isKnown(String name) {
    return NAMES.contains(name);
  }

  static Kernels named(String name) {
    return switch (name) {
      case "auto" -> best();
      case "vector" -> vector();
      case "nd4j" -> new Nd4jKernels();
      default ->
          throw new IllegalArgumentException(
              "kernels: unknown kernels '" + name + "'; use auto, vector or nd4j");
    };
  }

  static Kernels inDouble() {
    return new Nd4jKernels(DataType.DOUBLE);
  }

  static Kernels named(String name, Precision precision) {
    if (precision == Precision.FP32) {
      return named(name);
    }
    return switch (name) {
      case "auto", "vector" -> bf16(OneDnn.obstacle());
      case "nd4j" ->
          throw new IllegalArgumentException(
              "kernels: nd4j kernels have no precision bf16; use auto or vector, or precision fp32");
      default -> named(name);
    };
  }

  /**
   * @param obstacle why this process has no bf16 products
   */
  static Kernels bf16(Optional<String> obstacle) {
    requireVectorModule();
    if (obstacle.isEmpty()) {
      return new VectorKernels(new Bf16Products());
    }
    if (SAID.add(obstacle.get())) {
      LOG.warn("precision bf16: {}; using fp32", obstacle.get());
    }
    return new VectorKernels();
  }

  private static Kernels best() {
    if (hasCuda()) {
      return new Nd4jKernels();
    }
    if (hasVectorModule()) {
      return new VectorKernels();
    }
    LOG.warn(
        "The module {} is missing, so steps run several times slower on ND4J operations;"
            + " start Java with --add-modules {}",
        VECTOR_MODULE,
        VECTOR_MODULE);
    return new Nd4jKernels();
  }

  private static Kernels vector() {
    requireVectorModule();
    return new VectorKernels();
  }

  private static void requireVectorModule() {
    if (!hasVectorModule()) {
      throw new IllegalArgumentException(
          "kernels: 'vector' needs the module "
              + VECTOR_MODULE
              + "; start Java with --add-modules "
              + VECTOR_MODULE);
    }
  }

  static boolean hasCuda() {
    return HAS_CUDA;
  }

  private static boolean hasVectorModule() {
    return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
  }

  private static boolean isPresent(String className) {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    try {
      // Executors load what --jars brought through the context loader.
      Class.forName(
          className, false, context == null ? KernelChoice.class.getClassLoader() : context);
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
