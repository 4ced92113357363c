package org.kindling.kernels;

import java.util.List;

/** Kernels that tests hold to the oracle: those of this module, or those that another one names. */
public final class TestedKernels {
  private TestedKernels() {}

  public static List<String> names() {
    return List.of(System.getProperty("kindling.test.kernels", "vector,nd4j").split(","));
  }
}
