package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

import org.junit.jupiter.api.Test;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;

class DeviceMemoryTest {
  private static final int ELEMENTS = 1 << 20;

  private static boolean isACardThere() {
    return new TorchProvider().obstacle(Device.CUDA).isEmpty();
  }

  @Test
  void withoutACardOneLineSaysWhatIsMissing() {
    assumeThat(isACardThere()).isFalse();
    assertThatIllegalStateException()
        .isThrownBy(() -> DeviceMemory.peakBytes(0))
        .withMessageStartingWith("memory of a GPU: ")
        .withMessageNotContaining("\n");
  }

  @Test
  void countsTensorsOfACard() {
    assumeThat(isACardThere()).isTrue();
    try (Kernels kernels = Kernels.named("torch")) {
      long before;
      try (Tensor first = kernels.allocate(ELEMENTS)) {
        before = DeviceMemory.heldBytes(0);
        DeviceMemory.startPeak(0);
        try (Tensor second = kernels.allocate(ELEMENTS)) {
          assertThat(DeviceMemory.heldBytes(0)).isGreaterThanOrEqualTo(before + 4L * ELEMENTS);
        }
      }
      assertThat(DeviceMemory.heldBytes(0)).isLessThan(before);
      assertThat(DeviceMemory.peakBytes(0)).isGreaterThanOrEqualTo(before + 4L * ELEMENTS);
    }
  }
}
