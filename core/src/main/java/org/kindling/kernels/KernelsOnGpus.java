package org.kindling.kernels;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which kernels can use which of a driver's cards, and what they lack.
 *
 * @param providers of kernels that have a build for GPUs, by name; null where the class path has
 *     none of that name
 */
record KernelsOnGpus(Map<String, KernelsProvider> providers) {
  private static final String NO_GPU = "no GPU";

  /** One for each kind of kernels. */
  List<Finding> findings(CudaDriver driver) {
    return providers.entrySet().stream()
        .map(kind -> finding(kind.getKey() + " kernels", kind.getValue(), driver))
        .toList();
  }

  private static Finding finding(String name, KernelsProvider provider, CudaDriver driver) {
    if (provider == null) {
      return new Finding(
          name, "not on the class path", "build them with -Plibtorch-cuda as docs/gpu.md says");
    }
    Optional<String> first = provider.obstacle(driver, 0);
    if (driver.obstacle().isPresent() && first.equals(driver.obstacle())) {
      return new Finding(name, "built for GPUs", "nothing but the driver is missing");
    }
    List<CudaDriver.Card> usable =
        driver.cards().stream()
            .filter(card -> provider.obstacle(driver, card.address()).isEmpty())
            .toList();
    return usable.isEmpty()
        ? new Finding(name, NO_GPU, first.orElse("the driver shows none"))
        : new Finding(name, "can use " + named(usable), obstacles(provider, driver));
  }

  private static String named(List<CudaDriver.Card> cards) {
    return cards.stream().map(card -> "GPU " + card.address()).collect(Collectors.joining(", "));
  }

  /** Of cards that cannot be used beside some that can. */
  private static String obstacles(KernelsProvider provider, CudaDriver driver) {
    return driver.cards().stream()
        .flatMap(card -> provider.obstacle(driver, card.address()).stream())
        .collect(Collectors.joining("; "));
  }

  /** For a log: those that were built for GPUs. */
  String line(CudaDriver driver) {
    return providers.entrySet().stream()
        .filter(kind -> kind.getValue() != null && kind.getValue().isForGpus())
        .map(kind -> finding(kind.getKey() + " kernels", kind.getValue(), driver))
        .map(KernelsOnGpus::inALine)
        .collect(Collectors.joining());
  }

  private static String inALine(Finding finding) {
    boolean none = finding.found().equals(NO_GPU);
    return ", "
        + finding.name()
        + " "
        + (none ? "can use none: " + finding.meaning() : finding.found());
  }
}
