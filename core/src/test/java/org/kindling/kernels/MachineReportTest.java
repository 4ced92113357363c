package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.Test;

class MachineReportTest {
  @Test
  void everyFindingSaysWhatItMeans() {
    assertThat(MachineReport.findings())
        .extracting(Finding::name)
        .containsExactly("Java", "processor", "memory", "oneDNN", "OpenBLAS");
    assertThat(MachineReport.findings()).noneMatch(finding -> finding.meaning().isEmpty());
  }

  @Test
  void processorsAreToldApart() {
    assertThat(found(dnnl.dnnl_cpu_isa_sse41)).contains("AVX2 no", "take a newer processor");
    assertThat(found(dnnl.dnnl_cpu_isa_avx2)).contains("AVX2 yes, AVX-512 no", "half the width");
    assertThat(found(dnnl.dnnl_cpu_isa_avx512_core)).contains("AVX-512 yes", "falls back to fp32");
    assertThat(found(dnnl.dnnl_cpu_isa_avx512_core_bf16))
        .contains("AVX512_BF16 yes, AMX no", "bf16 is native");
    assertThat(found(dnnl.dnnl_cpu_isa_avx10_1_512_amx)).contains("AMX yes");
  }

  private static String found(int set) {
    return MachineReport.processor(Instructions.features(set)).toString();
  }

  @Test
  void libraryThatCannotBeLoadedIsAFinding() {
    Finding finding =
        MachineReport.library(
            "oneDNN",
            () -> {
              throw new UnsatisfiedLinkError("no jnidnnl\nsearched everywhere");
            });
    assertThat(finding.toString())
        .startsWith("oneDNN: cannot be loaded (no jnidnnl); ")
        .doesNotContain("\n");
  }
}
