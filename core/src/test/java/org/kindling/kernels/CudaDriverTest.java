package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CudaDriverTest {
  @TempDir Path directory;

  /** A driver that answers with a status and, if that is 0, has two cards. */
  private record Faked(int status, int count, String capability) implements CudaDriver.Library {
    @Override
    public int initialize() {
      return status;
    }

    @Override
    public int cudaVersion() {
      return 12040;
    }

    @Override
    public String driverVersion() {
      return "550.54.15";
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public CudaDriver.Card card(int address) {
      return new CudaDriver.Card(address, "Card", capability, 80L << 30);
    }
  }

  @Test
  void cardsAreListedInTheOrderOfTheirAddresses() {
    CudaDriver driver = CudaDriver.probe(new Faked(0, 2, "9.0"));
    assertThat(driver.obstacle()).isEmpty();
    assertThat(driver.cuda()).isEqualTo("12.4");
    assertThat(driver.cards()).extracting(CudaDriver.Card::address).containsExactly(0, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "100, sees no GPU",
    "34, is a stub",
    "803, differ in version",
    "999, CUDA status 999"
  })
  void driverThatDoesNotStartIsToldInOneLine(int status, String told) {
    CudaDriver driver = CudaDriver.probe(new Faked(status, 2, "9.0"));
    assertThat(driver.cards()).isEmpty();
    assertThat(driver.obstacle().orElseThrow())
        .startsWith("NVIDIA's driver: ")
        .contains(told)
        .doesNotContain("\n");
  }

  @Test
  void driverWithoutACardIsAnObstacle() {
    assertThat(CudaDriver.probe(new Faked(0, 0, "9.0")).obstacle().orElseThrow())
        .contains("sees no GPU");
  }

  @Test
  void probeAnswersOnAnyMachine() {
    assertThatCode(CudaDriver::probe).doesNotThrowAnyException();
  }

  @Test
  void machineWithoutADriverIsToldToInstallIt() {
    assertThat(CudaDriver.probe("libcuda-of-nobody.so.1").obstacle().orElseThrow())
        .startsWith("NVIDIA's driver: libcuda-of-nobody.so.1 is not on this machine; install")
        .doesNotContain("\n");
  }

  /** A library that is none of CUDA's, as the empty ones that stand in for a driver are. */
  @Test
  void stubIsNoDriver() {
    assertThat(CudaDriver.probe("libc.so.6").obstacle().orElseThrow())
        .startsWith("NVIDIA's driver: libc.so.6 is a stub");
  }

  @Test
  void versionIsReadFromTheKernelModule() throws IOException {
    Path module =
        Files.writeString(
            directory.resolve("version"),
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n");
    assertThat(LibCuda.driverVersion(module)).isEqualTo("580.65.06");
    assertThat(LibCuda.driverVersion(directory.resolve("none"))).isEqualTo("unknown");
  }

  @Test
  void backendIsNotTouchedWithoutADriver() {
    Gpus.Runtime deadly =
        (Gpus.Runtime)
            java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Gpus.Runtime.class},
                (proxy, method, arguments) -> {
                  throw new AssertionError(method.getName() + " was called");
                });
    Gpus gpus = new Gpus(deadly, directory.resolve("none"), () -> Optional.of("no driver"));
    assertThatThrownBy(() -> gpus.bind(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no driver, or train on CPUs");
  }
}
