package org.kindling.torch;

import java.util.Map;
import java.util.Optional;
import org.kindling.kernels.CudaDriver;
import org.kindling.kernels.Precision;

/** Which cards libtorch's build for GPUs has code for, and what they can do. */
final class Cards {
  /**
   * Machine code is there for 7.5 (Turing), 8.0, 9.0, 10.0 and 12.0: the lowest minor number of
   * each major one, whose later ones it runs on. There is no PTX.
   */
  private static final Map<Integer, Double> LOWEST =
      Map.of(7, 7.5, 8, 8.0, 9, 9.0, 10, 10.0, 12, 12.0);

  /** Ampere: the first with products in bfloat16. */
  private static final double BF16 = 8.0;

  /** Of the driver that CUDA 13 wants. */
  private static final int CUDA = 13;

  private Cards() {}

  /** Why a card cannot be used, in one line; empty if it can. */
  static Optional<String> obstacle(CudaDriver driver, int address) {
    if (driver.obstacle().isPresent()) {
      return driver.obstacle();
    }
    if (major(driver.cuda()) < CUDA) {
      return Optional.of(
          "NVIDIA's driver: version "
              + driver.version()
              + " is for CUDA "
              + driver.cuda()
              + ", and this build of libtorch for CUDA 13; install driver 580 or newer");
    }
    if (address >= driver.cards().size()) {
      return Optional.of(
          "GPU "
              + address
              + ": this process sees "
              + driver.cards().size()
              + "; check CUDA_VISIBLE_DEVICES and the discovery script");
    }
    CudaDriver.Card card = driver.cards().get(address);
    Double lowest = LOWEST.get(major(card.capability()));
    return lowest != null && capability(card) >= lowest
        ? Optional.empty()
        : Optional.of(
            named(card)
                + ": has compute capability "
                + card.capability()
                + ", and this build of libtorch code for 7.5 (Turing), 8.x, 9.x, 10.x"
                + " and 12.x; use nd4j kernels, or device cpu");
  }

  /**
   * @throws IllegalArgumentException if the card has no products in this precision; a machine that
   *     sees no such card plans for others and is not asked
   */
  static void requirePrecision(CudaDriver driver, int address, Precision precision) {
    if (precision != Precision.BF16 || address >= driver.cards().size()) {
      return;
    }
    CudaDriver.Card card = driver.cards().get(address);
    if (capability(card) < BF16) {
      throw new IllegalArgumentException(
          "precision bf16: "
              + named(card)
              + " has compute capability "
              + card.capability()
              + ", and bfloat16 needs 8.0 (Ampere); use precision fp32");
    }
  }

  /** Whether a card has fused attention in bfloat16. */
  static boolean haveFlashAttention(CudaDriver driver, int address) {
    return address >= driver.cards().size() || capability(driver.cards().get(address)) >= BF16;
  }

  private static String named(CudaDriver.Card card) {
    return "GPU " + card.address() + ", " + card.name();
  }

  private static double capability(CudaDriver.Card card) {
    return Double.parseDouble(card.capability());
  }

  private static int major(String version) {
    return Integer.parseInt(version.split("\\.")[0]);
  }
}
