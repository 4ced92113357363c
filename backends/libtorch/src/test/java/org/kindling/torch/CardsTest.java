package org.kindling.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.kindling.kernels.CudaDriver;
import org.kindling.kernels.Precision;

class CardsTest {
  private static final CudaDriver.Card T4 = new CudaDriver.Card(0, "Tesla T4", "7.5", 15L << 30);
  private static final CudaDriver.Card V100 =
      new CudaDriver.Card(1, "Tesla V100", "7.0", 15L << 30);
  private static final CudaDriver.Card H100 =
      new CudaDriver.Card(2, "NVIDIA H100", "9.0", 79L << 30);
  private static final CudaDriver.Card B200 =
      new CudaDriver.Card(3, "NVIDIA B200", "10.0", 179L << 30);

  private static CudaDriver driver(String version, String cuda) {
    return new CudaDriver(version, cuda, List.of(T4, V100, H100, B200), Optional.empty());
  }

  private static final CudaDriver DRIVER = driver("580.65.06", "13.0");

  @Test
  void cardsFromTuringToBlackwellCanBeUsed() {
    for (int address : new int[] {0, 2, 3}) {
      assertThat(Cards.obstacle(DRIVER, address)).isEmpty();
    }
  }

  @Test
  void olderCardIsNamedWithWhatItHas() {
    assertThat(Cards.obstacle(DRIVER, 1))
        .contains(
            "GPU 1, Tesla V100: has compute capability 7.0, and this build of libtorch code for 7.5"
                + " (Turing), 8.x, 9.x, 10.x and 12.x; use nd4j kernels, or device cpu");
    CudaDriver.Card other = new CudaDriver.Card(0, "NVIDIA Thor", "11.0", 100L << 30);
    CudaDriver thor = new CudaDriver("580.65.06", "13.0", List.of(other), Optional.empty());
    assertThat(Cards.obstacle(thor, 0))
        .hasValueSatisfying(told -> assertThat(told).contains("compute capability 11.0"));
  }

  @Test
  void oldDriverIsNamedWithTheOneToInstall() {
    assertThat(Cards.obstacle(driver("550.54", "12.4"), 2))
        .contains(
            "NVIDIA's driver: version 550.54 is for CUDA 12.4, and this build of libtorch for CUDA"
                + " 13; install driver 580 or newer");
  }

  @Test
  void cardThatIsNotThereIsCounted() {
    assertThat(Cards.obstacle(DRIVER, 4))
        .contains(
            "GPU 4: this process sees 4; check CUDA_VISIBLE_DEVICES and the discovery script");
  }

  @Test
  void machineWithoutDriverSaysWhatTheDriverSays() {
    CudaDriver none =
        new CudaDriver("unknown", "none", List.of(), Optional.of("NVIDIA's driver: away"));
    assertThat(Cards.obstacle(none, 0)).contains("NVIDIA's driver: away");
    // Plans for others.
    assertThatCode(() -> Cards.requirePrecision(none, 0, Precision.BF16))
        .doesNotThrowAnyException();
    assertThat(Cards.haveFlashAttention(none, 0)).isTrue();
  }

  @Test
  void bf16WantsAmpere() {
    assertThatThrownBy(() -> Cards.requirePrecision(DRIVER, 0, Precision.BF16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "precision bf16: GPU 0, Tesla T4 has compute capability 7.5, and bfloat16 needs 8.0"
                + " (Ampere); use precision fp32");
    assertThatCode(() -> Cards.requirePrecision(DRIVER, 0, Precision.FP32))
        .doesNotThrowAnyException();
    assertThatCode(() -> Cards.requirePrecision(DRIVER, 3, Precision.BF16))
        .doesNotThrowAnyException();
    assertThat(Cards.haveFlashAttention(DRIVER, 0)).isFalse();
    assertThat(Cards.haveFlashAttention(DRIVER, 2)).isTrue();
  }
}
