package org.kindling.trial;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Floating-point operations a second of products in bfloat16, by NVIDIA's data sheets, without
 * sparsity: where a sheet has the number with sparsity alone, half of it.
 *
 * <pre>{@code
 * Peaks.teraflops("NVIDIA H100 80GB HBM3"); // OptionalDouble[989.0]
 * }</pre>
 *
 * @see <a href="https://www.nvidia.com/en-us/data-center/h100/">H100: SXM 1979 and NVL 1671 with
 *     sparsity; of the PCIe card's first sheet 1513</a>
 * @see <a href="https://www.nvidia.com/en-us/data-center/h200/">H200: SXM 1979, NVL 1671 with
 *     sparsity</a>
 * @see <a href="https://www.nvidia.com/en-us/data-center/a100/">A100: 312</a>
 * @see <a href="https://www.nvidia.com/en-us/data-center/l4/">L4: 242 with sparsity</a>
 * @see <a href="https://www.nvidia.com/en-us/data-center/l40s/">L40S: 362</a>
 * @see <a href="https://www.nvidia.com/en-us/data-center/hgx/">HGX B200: 36 PFLOP/s with sparsity
 *     of eight</a>
 * @see <a
 *     href="https://images.nvidia.com/aem-dam/Solutions/geforce/ada/nvidia-ada-gpu-architecture.pdf">RTX
 *     4090: 165.2, appendix A</a>
 */
final class Peaks {
  /** The first line all of whose words a card's name has. */
  private static final List<Peak> KNOWN =
      List.of(
          new Peak(2250, "B200"),
          new Peak(835, "H200", "NVL"),
          new Peak(989, "H200"),
          new Peak(756, "H100", "PCIE"),
          new Peak(835, "H100", "NVL"),
          new Peak(989, "H100"),
          new Peak(312, "A100"),
          new Peak(362, "L40S"),
          new Peak(121, "L4"),
          new Peak(165, "RTX", "4090"));

  /** A slice of a card, and cards of the same number that are slower. */
  private static final Set<String> NOT_THE_CARD = Set.of("MIG", "LAPTOP", "D");

  private record Peak(double teraflops, Set<String> words) {
    Peak(double teraflops, String... words) {
      this(teraflops, Set.of(words));
    }
  }

  private Peaks() {}

  /** Of the card that its driver names so; empty if it is not in the table. */
  static OptionalDouble teraflops(String card) {
    Set<String> words =
        Arrays.stream(card.toUpperCase(Locale.ROOT).split("[^A-Z0-9]+"))
            .collect(Collectors.toSet());
    if (words.stream().anyMatch(NOT_THE_CARD::contains)) {
      return OptionalDouble.empty();
    }
    return KNOWN.stream()
        .filter(peak -> words.containsAll(peak.words()))
        .mapToDouble(Peak::teraflops)
        .findFirst();
  }
}
