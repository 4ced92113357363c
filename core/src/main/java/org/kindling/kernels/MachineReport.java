package org.kindling.kernels;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** What a machine has for computing on its processor. Loads oneDNN and OpenBLAS. */
public final class MachineReport {
  private MachineReport() {}

  /** Java, processor, memory and libraries of this process, one finding a line. */
  public static List<Finding> findings() {
    return List.of(
        java(), processor(), memory(), library("oneDNN", MachineReport::oneDnn), openBlas());
  }

  private static Finding java() {
    boolean vectors = VectorProvider.hasModule();
    return new Finding(
        "Java",
        Runtime.version() + ", " + System.getProperty("java.vendor"),
        vectors
            ? "has " + VectorProvider.MODULE + ", so kernels are vector"
            : "start it with --add-modules "
                + VectorProvider.MODULE
                + ", or steps run several times slower");
  }

  private static Finding processor() {
    return library("processor", () -> processor(Instructions.features()));
  }

  static Finding processor(Map<String, Boolean> features) {
    String found =
        features.entrySet().stream()
            .map(feature -> feature.getKey() + (feature.getValue() ? " yes" : " no"))
            .collect(Collectors.joining(", "));
    return new Finding("processor", found, meaning(features));
  }

  private static String meaning(Map<String, Boolean> features) {
    if (features.get("AVX512_BF16")) {
      return "training.precision: bf16 is native";
    }
    if (features.get("AVX-512")) {
      return "training.precision: bf16 falls back to fp32";
    }
    return features.get("AVX2")
        ? "bf16 falls back to fp32, and vectors have half the width of AVX-512"
        : "matrix products are slow without AVX2; take a newer processor";
  }

  private static Finding memory() {
    double available = OffHeapMemory.availableBytes() / (double) (1L << 30);
    double heap = Runtime.getRuntime().maxMemory() / (double) (1L << 30);
    return new Finding(
        "memory",
        String.format(Locale.ROOT, "%.1f GiB available, heap up to %.1f GiB", available, heap),
        ManagementFactory.getOperatingSystemMXBean().getAvailableProcessors()
            + " cores; models lie outside the heap");
  }

  private static Finding oneDnn() {
    return new Finding(
        "oneDNN", Instructions.ofOneDnn(Precision.BF16), "matrix products of the vector kernels");
  }

  private static Finding openBlas() {
    return library(
        "OpenBLAS",
        () ->
            new Finding(
                "OpenBLAS",
                Instructions.ofOpenBlas(),
                "matrix products of DL4J's networks, and where oneDNN has no build"));
  }

  /** A library that cannot be loaded is a finding too. */
  static Finding library(String name, Supplier<Finding> found) {
    try {
      return found.get();
    } catch (LinkageError e) {
      return new Finding(
          name,
          "cannot be loaded (" + e.getMessage().lines().findFirst().orElse("no reason given") + ")",
          "give Java a temporary directory that libraries can be loaded from: -Djava.io.tmpdir=DIR");
    }
  }
}
