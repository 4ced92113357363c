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
  public Optional<String> obstacle() {
    return Optional.empty();
  }

  @Override
  public boolean has(Precision precision) {
    return precision == Precision.FP32;
  }

  @Override
  public Kernels create(Precision precision) {
    return new Nd4jKernels();
  }
}
