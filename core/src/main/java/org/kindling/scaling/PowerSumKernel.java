package org.kindling.scaling;

/** The arithmetic of {@link PowerSumObjective}; {@link PlainPowerSum} says it plainly. */
interface PowerSumKernel {
  /** Fills the gradient, both as if δ were 1, and returns the value. */
  double valueAndGradient(PowerSumPoints points, double[] at, double[] gradient);

  /**
   * The fastest that runs here. Both give the same results up to rounding; which one is taken
   * depends on the machine and the flags of the JVM alone, so that runs repeat.
   */
  static PowerSumKernel fastest() {
    return VectorFlag.HAS_VECTORS ? new VectorPowerSum() : new PlainPowerSum();
  }

  /** Whether the JVM was started with vectors. */
  final class VectorFlag {
    static final boolean HAS_VECTORS =
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private VectorFlag() {}
  }
}
