package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ArithmeticTest {
  private static final Arithmetic FLOATS =
      new Arithmetic("vector", "oneDNN", "fp32", "avx512_core", 512, "CPU");

  @Test
  void vectorKernelsOfThisMachineAreDescribed() {
    try (Kernels kernels = Kernels.named("vector")) {
      Arithmetic found = kernels.arithmetic();
      assertThat(found.kernels()).isEqualTo("vector");
      assertThat(found.products()).isIn("oneDNN", "OpenBLAS");
      assertThat(found.precision()).isEqualTo("fp32");
      assertThat(found.vectorBits()).isEqualTo(32 * Lanes.WIDTH);
      assertThat(found.device()).isEqualTo("CPU");
      assertThat(found.usesGpu()).isFalse();
    }
  }

  @Test
  void precisionIsTheOneThatIsUsed() {
    try (Kernels kernels = Kernels.named("vector", Precision.BF16)) {
      String expected = OneDnn.obstacle().isEmpty() ? "bf16" : "fp32";
      assertThat(kernels.arithmetic().precision()).isEqualTo(expected);
    }
  }

  @Test
  void nd4jUsesItsOwnLibraryAndNoVectorModule() {
    try (Kernels kernels = Kernels.named("nd4j")) {
      assertThat(kernels.arithmetic())
          .hasToString("nd4j, OpenBLAS, fp32, " + Instructions.ofOpenBlas() + ", CPU");
    }
  }

  /** A network of DL4J multiplies by ND4J, whatever kernels take the optimizer's step. */
  @Test
  void networksMultiplyByNd4j() {
    try (Kernels kernels = Kernels.named("vector", Precision.BF16)) {
      Arithmetic found = Arithmetic.ofNetworks(kernels);
      assertThat(found.kernels()).isEqualTo("vector");
      assertThat(found.products()).isEqualTo("OpenBLAS");
      assertThat(found.precision()).isEqualTo("fp32");
      assertThat(found.vectorBits()).isEqualTo(32 * Lanes.WIDTH);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x7, fp32, avx2",
    "0xf, fp32, avx2",
    "0x27, fp32, avx512_core",
    "0xe7, fp32, avx512_core",
    "0x1fef, fp32, avx512_core",
    "0x1, fp32, sse41",
    "0xe7, bf16, avx512_core_bf16",
    "0xfef, bf16, avx10_1_512_amx",
    "0x1fef, bf16, avx10_1_512_amx_fp16"
  })
  void onlyInstructionsThatThePrecisionUsesAreTold(String set, String precision, String name) {
    assertThat(Instructions.ofOneDnn(Integer.decode(set), Precision.named("test", precision)))
        .isEqualTo(name);
  }

  @Test
  void instructionsWithoutANameAreToldByArchitectureAndNumber() {
    assertThat(Instructions.ofOneDnn(dnnl.dnnl_cpu_isa_default, Precision.FP32))
        .isEqualTo(System.getProperty("os.arch") + " 0x0");
  }

  @Test
  void differencesAreNamedInTheOrderInWhichOneDecidesTheNext() {
    Arithmetic other = new Arithmetic("vector", "oneDNN", "bf16", "avx512_core_bf16", 256, "CPU");
    assertThat(other.differencesFrom(FLOATS))
        .containsExactly("precision", "instructions", "vector width");
    assertThat(FLOATS.differencesFrom(FLOATS)).isEmpty();
  }

  @Test
  void whatFollowsFromOtherKernelsOrAnotherDeviceIsNoDifferenceOfItsOwn() {
    Arithmetic nd4j = new Arithmetic("nd4j", "OpenBLAS", "fp32", "SkylakeX", 0, "CPU");
    Arithmetic gpu = new Arithmetic("nd4j", "cuBLAS", "fp32", "7.5", 0, "CUDA Tesla T4");
    assertThat(nd4j.differencesFrom(FLOATS)).containsExactly("kernels");
    assertThat(gpu.differencesFrom(FLOATS)).containsExactly("device");
    assertThat(gpu.usesGpu()).isTrue();
  }

  @Test
  void descriptionIsOneLine() {
    assertThat(FLOATS).hasToString("vector, oneDNN, fp32, avx512_core, 512-bit vectors, CPU");
  }
}
