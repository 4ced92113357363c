package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checks, on properties that CUDA reports of known GPUs; none of these is in this machine. */
class GpusTest {
  @TempDir Path directory;

  /** A machine with two equal GPUs. */
  private static final class Recorded implements Gpus.Runtime {
    private final String name;
    private final int major;
    private final int minor;
    private final List<Integer> used = new ArrayList<>();

    Recorded(String name, String capability) {
      this.name = name;
      this.major = Integer.parseInt(capability.split("\\.")[0]);
      this.minor = Integer.parseInt(capability.split("\\.")[1]);
    }

    @Override
    public int count() {
      return 2;
    }

    @Override
    public String name(int address) {
      return name;
    }

    @Override
    public int major(int address) {
      return major;
    }

    @Override
    public int minor(int address) {
      return minor;
    }

    @Override
    public void use(int address) {
      used.add(address);
    }
  }

  private Path driver(String version) throws IOException {
    return Files.writeString(
        directory.resolve("version"),
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  "
            + version
            + "  Tue Nov 4 14:00:00 UTC 2025\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n");
  }

  @ParameterizedTest
  @CsvSource({
    "Tesla K80, 3.7",
    "Quadro M6000, 5.2",
    "Tesla P100, 6.0",
    "Tesla V100, 7.0",
    "Tesla T4, 7.5",
    "A100, 8.0",
    "RTX 3090, 8.6",
    "L4, 8.9"
  })
  void gpusWithCodeAreUsed(String name, String capability) throws IOException {
    Recorded machine = new Recorded(name, capability);
    Gpus gpus = new Gpus(machine, driver("535.104.05"));
    assertThat(gpus.bind(1)).isEqualTo(new Gpus.Gpu(1, name, capability, "535.104.05"));
    gpus.bind(0);
    gpus.bind(1);
    assertThat(machine.used).containsExactly(1, 0, 1);
  }

  @ParameterizedTest
  @CsvSource({"Tesla K40, 3.5", "H100, 9.0", "B200, 10.0", "RTX 5090, 12.0"})
  void gpusWithoutCodeAreRefused(String name, String capability) throws IOException {
    Recorded machine = new Recorded(name, capability);
    Gpus gpus = new Gpus(machine, driver("580.65.06"));
    assertThatThrownBy(() -> gpus.bind(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("GPU 0, " + name + ": has compute capability " + capability)
        .hasMessageContaining("for which nd4j-cuda-11.6 has no code");
    assertThat(machine.used).isEmpty();
  }

  @Test
  void oldDriverIsRefused() throws IOException {
    Gpus gpus = new Gpus(new Recorded("Tesla V100", "7.0"), driver("418.226.00"));
    assertThatThrownBy(() -> gpus.bind(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("NVIDIA driver 418.226.00: CUDA 11.6 needs 450.80 or newer");
  }

  @Test
  void missingGpuIsNamed() throws IOException {
    Gpus gpus = new Gpus(new Recorded("A100", "8.0"), driver("535.104.05"));
    assertThatThrownBy(() -> gpus.bind(2)).hasMessageStartingWith("GPU 2: this process sees 2;");
  }

  @Test
  void driverWithoutVersionFileIsLeftToCuda() {
    Gpus gpus = new Gpus(new Recorded("A100", "8.0"), directory.resolve("none"));
    assertThat(gpus.bind(0).driver()).isEqualTo("unknown");
  }
}
