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
 * // driver 580.65.06, CUDA up to 13.0, GPU 0 NVIDIA H100 80GB HBM3 (9.0, 79.2 GiB), cuDNN 9,
 * // torch kernels can use GPU 0
 * }</pre>
 *
 * Immutable.
 */
public final class GpuReport {
  /** Newest first. */
  private static final List<String> CUDNN = List.of("9", "8");

  private static final int CUDA_OF_ND4J = 11;
  private static final int CUDA_OF_TORCH = 13;
  private static final double NEWEST_OF_ND4J = 8.9;
  private static final double OLDEST_OF_TORCH = 7.5;
  private static final double OLDEST_WITH_BF16 = 8.0;

  private final CudaDriver driver;
  private final Optional<String> cudnn;
  private final KernelsOnGpus kernels;

  GpuReport(CudaDriver driver, SharedLibraries libraries, KernelsOnGpus kernels) {
    this.driver = driver;
    this.kernels = kernels;
    this.cudnn =
        CUDNN.stream().filter(v -> libraries.find("libcudnn.so." + v).isPresent()).findFirst();
  }

  /** Asks the driver and looks for libraries; loads no code for GPUs. */
  public static GpuReport ofThisMachine() {
    return of(CudaDriver.probe());
  }

  /** As {@link #ofThisMachine}, for what a driver has said. */
  public static GpuReport of(CudaDriver driver) {
    return new GpuReport(driver, SharedLibraries.ofThisMachine(), KernelChoice.onGpus());
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
        + cudnn.orElse("not found")
        + kernels.line(driver);
  }

  /** One finding a line: the driver and each card, cuDNN, and each kind of kernels. */
  public List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    if (usable()) {
      findings.add(new Finding("NVIDIA driver", driver.version(), ""));
      findings.add(new Finding("CUDA of the driver", driver.cuda(), ofCuda()));
      driver.cards().forEach(c -> findings.add(new Finding(name(c), found(c), builds(c))));
      findings.add(new Finding("cuDNN", cudnn.orElse("not found"), ""));
    } else {
      String[] parts = driver.obstacle().orElseThrow().split(": ", 2);
      findings.add(new Finding("GPU", "none", parts[1]));
    }
    findings.addAll(ofKernels());
    return findings;
  }

  /** Which kernels can use which card, and what they lack. */
  public List<Finding> ofKernels() {
    return kernels.findings(driver);
  }

  private String ofCuda() {
    int major = Integer.parseInt(driver.cuda().split("\\.")[0]);
    if (major >= CUDA_OF_TORCH) {
      return "";
    }
    return major >= CUDA_OF_ND4J
        ? "enough for nd4j kernels; torch kernels need 13, so driver 580 or newer"
        : "too old for any kernels; install driver 580 or newer";
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
    double capability = Double.parseDouble(card.capability());
    List<String> builds = new ArrayList<>();
    if (capability >= OLDEST_OF_TORCH) {
      builds.add(capability >= OLDEST_WITH_BF16 ? "torch in fp32 and bf16" : "torch in fp32");
    }
    if (capability <= NEWEST_OF_ND4J) {
      builds.add("nd4j in fp32");
    }
    return "has kernels: " + String.join(", ", builds);
  }
}
