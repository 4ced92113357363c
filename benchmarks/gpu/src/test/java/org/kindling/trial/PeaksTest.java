package org.kindling.trial;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeaksTest {
  @ParameterizedTest
  @CsvSource({
    "NVIDIA H100 80GB HBM3, 989",
    "NVIDIA H100 PCIe, 756",
    "NVIDIA H100 NVL, 835",
    "NVIDIA H200, 989",
    "NVIDIA H200 NVL, 835",
    "NVIDIA A100-SXM4-80GB, 312",
    "NVIDIA A100 80GB PCIe, 312",
    "NVIDIA L4, 121",
    "NVIDIA L40S, 362",
    "NVIDIA GeForce RTX 4090, 165",
    "NVIDIA B200, 2250"
  })
  void knowsCardsByTheirDriversName(String card, double teraflops) {
    assertThat(Peaks.teraflops(card)).hasValue(teraflops);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Tesla T4",
        "NVIDIA L40",
        "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
        "NVIDIA GeForce RTX 4090 D",
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "NVIDIA GeForce RTX 5090",
        ""
      })
  void guessesNoOthers(String card) {
    assertThat(Peaks.teraflops(card)).isEmpty();
  }
}
