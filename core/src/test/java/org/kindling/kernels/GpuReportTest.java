package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuReportTest {
  private static final CudaDriver NONE =
      new CudaDriver("unknown", "none", List.of(), Optional.of("NVIDIA's driver: not here"));

  @TempDir Path directory;

  /** Kernels that were built for GPUs, from a capability on. */
  private record Built(String name, double oldest, String lacking) implements KernelsProvider {
    @Override
    public boolean isForGpus() {
      return true;
    }

    @Override
    public Optional<String> obstacle(Device device) {
      throw new AssertionError("this machine's driver was asked");
    }

    @Override
    public Optional<String> obstacle(CudaDriver driver, int address) {
      if (lacking != null) {
        return Optional.of(lacking);
      }
      if (driver.obstacle().isPresent()) {
        return driver.obstacle();
      }
      CudaDriver.Card card = driver.cards().get(address);
      return Double.parseDouble(card.capability()) >= oldest
          ? Optional.empty()
          : Optional.of("GPU " + address + ": is older than " + oldest);
    }

    @Override
    public boolean has(Precision precision) {
      return true;
    }

    @Override
    public Kernels create(Precision precision, Device device) {
      throw new AssertionError("a report makes no kernels");
    }
  }

  private static CudaDriver driver(String cuda, String... capabilities) {
    List<CudaDriver.Card> cards = new ArrayList<>();
    for (String capability : capabilities) {
      cards.add(new CudaDriver.Card(cards.size(), "Card", capability, 80L << 30));
    }
    return new CudaDriver("580.65.06", cuda, cards, Optional.empty());
  }

  private GpuReport report(CudaDriver driver, KernelsProvider... providers) {
    Map<String, KernelsProvider> byName = new LinkedHashMap<>();
    for (KernelsProvider provider : providers) {
      byName.put(provider.name(), provider);
    }
    return new GpuReport(
        driver, new SharedLibraries(List.of(directory)), new KernelsOnGpus(byName));
  }

  private static KernelsProvider torch() {
    return new Built("torch", 7.5, null);
  }

  @Test
  void driverCardsLibraryAndKernelsHaveALineEach() {
    assertThat(report(driver("13.0", "9.0", "9.0"), torch()).findings())
        .extracting(Finding::toString)
        .containsExactly(
            "NVIDIA driver: 580.65.06",
            "CUDA of the driver: 13.0",
            "GPU 0: Card, 9.0, 80.0 GiB; has kernels: torch in fp32 and bf16",
            "GPU 1: Card, 9.0, 80.0 GiB; has kernels: torch in fp32 and bf16",
            "cuDNN: not found",
            "torch kernels: can use GPU 0, GPU 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          6.1  | nd4j in fp32
          7.5  | torch in fp32, nd4j in fp32
          8.9  | torch in fp32 and bf16, nd4j in fp32
          9.0  | torch in fp32 and bf16
          12.0 | torch in fp32 and bf16
          """)
  void cardsAreToldWhichKernelsHaveCodeForThem(String capability, String kernels) {
    assertThat(report(driver("13.0", capability)).findings().get(2).meaning())
        .isEqualTo("has kernels: " + kernels);
  }

  @ParameterizedTest
  @CsvSource({"13.1, ''", "12.4, torch kernels need 13", "10.2, too old for any kernels"})
  void driversAreToldWhatTheyAreTooOldFor(String cuda, String told) {
    assertThat(report(driver(cuda, "8.0")).findings().get(1).meaning()).contains(told);
  }

  @Test
  void cardsThatKernelsCannotUseAreNamedBesideThoseTheyCan() {
    assertThat(report(driver("13.0", "7.0", "8.0"), torch()).ofKernels())
        .extracting(Finding::toString)
        .containsExactly("torch kernels: can use GPU 1; GPU 0: is older than 7.5");
  }

  @Test
  void kernelsWithoutTheirLibrariesSaySo() {
    GpuReport report = report(driver("13.0", "9.0"), new Built("torch", 7.5, "lacks libx.so"));
    assertThat(report.ofKernels())
        .extracting(Finding::toString)
        .containsExactly("torch kernels: no GPU; lacks libx.so");
    assertThat(report.line()).endsWith(", torch kernels can use none: lacks libx.so");
  }

  @Test
  void missingDriverIsToldOnceAndOtherThingsThatAreMissingToo() {
    assertThat(
            report(NONE, torch(), new Built("nd4j", 3.7, "lacks libx.so"), new VectorProvider())
                .findings())
        .extracting(Finding::toString)
        .containsExactly(
            "GPU: none; not here",
            "torch kernels: built for GPUs; nothing but the driver is missing",
            "nd4j kernels: no GPU; lacks libx.so",
            "vector kernels: no GPU; 'vector' computes on CPUs; use torch or nd4j, or device auto");
    assertThat(report(NONE, torch()).usable()).isFalse();
    assertThat(report(NONE, torch()).line()).isEqualTo("NVIDIA's driver: not here");
  }

  @Test
  void kernelsThatAreNotOnTheClassPathAreNamed() {
    Map<String, KernelsProvider> absent = new LinkedHashMap<>();
    absent.put("torch", null);
    KernelsOnGpus kernels = new KernelsOnGpus(absent);
    assertThat(kernels.findings(NONE))
        .extracting(Finding::toString)
        .containsExactly(
            "torch kernels: not on the class path; build them with -Plibtorch-cuda as docs/gpu.md"
                + " says");
    assertThat(kernels.line(NONE)).isEmpty();
  }

  @Test
  void cudnnIsFoundWithoutBeingLoaded() throws IOException {
    Files.writeString(directory.resolve("libcudnn.so.9"), "no library");
    assertThat(report(driver("13.0", "8.0"), torch()).line())
        .isEqualTo(
            "driver 580.65.06, CUDA up to 13.0, GPU 0 Card (8.0, 80.0 GiB), cuDNN 9, torch kernels"
                + " can use GPU 0");
  }

  @Test
  void nd4jOfThisBuildComputesOnTheCpu() {
    assertThat(new Nd4jProvider().obstacle(driver("13.0", "8.0"), 0).orElseThrow())
        .startsWith("'nd4j' has its backend for CPUs on the class path; build with -Pcuda");
  }
}
