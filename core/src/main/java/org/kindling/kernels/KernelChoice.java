package org.kindling.kernels;

/** Finds the kernels that a name means in this JVM. */
final class KernelChoice {
  static final String VECTOR_FLAG = "--add-modules jdk.incubator.vector";

  private KernelChoice() {}

  static Kernels named(String name) {
    return switch (name) {
      case "auto", "vector" -> vector(name);
      default ->
          throw new IllegalArgumentException(
              "kernels: unknown kernels '" + name + "'; use auto or vector");
    };
  }

  private static Kernels vector(String name) {
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
      throw new IllegalArgumentException(
          "kernels: '"
              + name
              + "' needs the module jdk.incubator.vector; start Java with "
              + VECTOR_FLAG);
    }
    return new VectorKernels();
  }
}
