package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelChoiceTest {
  private static final class Recorder extends AbstractAppender {
    private final List<String> messages = new ArrayList<>();

    Recorder() {
      super("recorder", null, null, true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      messages.add(event.getMessage().getFormattedMessage());
    }
  }

  private static Kernels open(String name, Device device, Precision precision) {
    return Kernels.named(new KernelsWanted(name, device), precision);
  }

  @Test
  void deviceOfTheCpuIsThereForAll() {
    for (String name : List.of("auto", "vector", "nd4j")) {
      try (Kernels kernels = open(name, Device.CPU, Precision.FP32)) {
        assertThat(kernels.arithmetic().usesGpu()).isFalse();
        assertThat(kernels.onGpu()).isFalse();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vector | kernels: 'vector' computes on CPUs; use torch or nd4j, or device auto",
        "nd4j | kernels: 'nd4j' has its backend for CPUs on the class path; build with -Pcuda, or use device auto",
        "auto | kernels: device cuda wants kernels that were built for GPUs, of precision fp32, and there are none on the class path; see docs/gpu.md, or use device auto"
      })
  void gpuThatCannotBeUsedIsRefusedInOneLine(String name, String message) {
    assertThatThrownBy(() -> open(name, Device.CUDA, Precision.FP32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void memoryIsPlannedForMachinesThatHaveWhatThisOneLacks() {
    try (Kernels planned =
        Kernels.planned(new KernelsWanted("nd4j", Device.CUDA), Precision.FP32)) {
      assertThat(planned.tensorBytes(10)).isEqualTo(40);
    }
    assertThatThrownBy(
            () -> Kernels.planned(new KernelsWanted("torch", Device.CUDA), Precision.FP32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "kernels: the jar of 'torch' kernels is not on the class path; see docs/libtorch.md, or"
                + " use auto");
  }

  @Test
  void wantedKernelsSayWhetherTheyMayComeToAGpu() {
    assertThat(new KernelsWanted("vector").neverOnGpu()).isTrue();
    assertThat(new KernelsWanted("torch", Device.CPU).neverOnGpu()).isTrue();
    assertThat(KernelsWanted.AUTO.neverOnGpu()).isFalse();
    assertThat(new KernelsWanted("torch", Device.CUDA)).hasToString("torch on cuda");
    assertThat(KernelsWanted.AUTO).hasToString("auto");
  }

  @Test
  void saysOnceThatItUsesFp32Instead() {
    Recorder recorder = new Recorder();
    recorder.start();
    Logger log = (Logger) LogManager.getLogger(VectorProvider.class);
    Level before = log.getLevel();
    log.addAppender(recorder);
    log.setLevel(Level.WARN);
    try {
      for (int i = 0; i < 2; i++) {
        try (Kernels kernels = VectorProvider.bf16(Optional.of("this abacus has no registers"))) {
          assertThat(kernels.name()).isEqualTo("vector");
          assertThat(kernels.precision()).isEqualTo(Precision.FP32);
        }
      }
    } finally {
      log.removeAppender(recorder);
      log.setLevel(before);
    }
    assertThat(recorder.messages)
        .containsExactly("precision bf16: this abacus has no registers; using fp32");
  }
}
