package org.kindling.kernels;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a machine has for computing on GPUs, and what is missing.
 *
 * <pre>{@code
 * GpuReport.ofThisMachine().line();
 * // driver 580.65.06, CUDA up to 13.0, GPU 0 NVIDIA H100 80GB HBM3 (9.0, 79.2 GiB), cuDNN 9
 * }</pre>
 *
 * Immutable.
 */
public final class GpuReport {
  /** Newest first. */
  private static final List<String> CUDNN = List.of("9", "8");

  private static final int CUDA_OF_ND4J = 11;
  private static final double NEWEST_OF_ND4J = 8.9;

  private final CudaDriver driver;
  private final Optional<String> cudnn;

  GpuReport(CudaDriver driver, SharedLibraries libraries) {
    this.driver = driver;
    this.cudnn =
        CUDNN.stream().filter(v -> libraries.find("libcudnn.so." + v).isPresent()).findFirst();
  }

  /** Asks the driver and looks for libraries; loads no code for GPUs. */
  public static GpuReport ofThisMachine() {
    return of(CudaDriver.probe());
  }

  /** As {@link #ofThisMachine}, for what a driver has said. */
  public static GpuReport of(CudaDriver driver) {
    return new GpuReport(driver, SharedLibraries.ofThisMachine());
  }

  /** Whether a driver is there that sees a card. */
  public boolean usable() {
    return driver.obstacle().isEmpty();
  }

  /** For a log. */
  public String line() {
    if (!usable()) {
      return driver.obstacle().orElseThrow();
    }
    String cards =
        driver.cards().stream()
            .map(c -> name(c) + " " + c.name() + " (" + properties(c) + ")")
            .collect(Collectors.joining(", "));
    return "driver "
        + driver.version()
        + ", CUDA up to "
        + driver.cuda()
        + ", "
        + cards
        + ", cuDNN "
        + cudnn.orElse("not found");
  }

  /** One finding a line; a single one where no GPU can be used. */
  public List<Finding> findings() {
    if (!usable()) {
      String[] parts = driver.obstacle().orElseThrow().split(": ", 2);
      return List.of(new Finding("GPU", "none", parts[1]));
    }
    List<Finding> findings = new ArrayList<>();
    findings.add(new Finding("NVIDIA driver", driver.version(), ""));
    findings.add(new Finding("CUDA of the driver", driver.cuda(), ofCuda()));
    driver.cards().forEach(c -> findings.add(new Finding(name(c), found(c), builds(c))));
    findings.add(new Finding("cuDNN", cudnn.orElse("not found"), ""));
    return findings;
  }

  private String ofCuda() {
    int major = Integer.parseInt(driver.cuda().split("\\.")[0]);
    return major >= CUDA_OF_ND4J
        ? ""
        : "too old for ND4J's build for CUDA 11.6; install a newer driver";
  }

  private static String name(CudaDriver.Card card) {
    return "GPU " + card.address();
  }

  private static String found(CudaDriver.Card card) {
    return card.name() + ", " + properties(card);
  }

  private static String properties(CudaDriver.Card card) {
    double gibibytes = card.memoryBytes() / (double) (1L << 30);
    return String.format(Locale.ROOT, "%s, %.1f GiB", card.capability(), gibibytes);
  }

  /** Which kernels have code for a card. */
  private static String builds(CudaDriver.Card card) {
    return Double.parseDouble(card.capability()) <= NEWEST_OF_ND4J
        ? "training.kernels: nd4j, built with -Pcuda"
        : "nd4j-cuda-11.6 has no code for it, and no other kernels use GPUs; train on CPUs";
  }
}
