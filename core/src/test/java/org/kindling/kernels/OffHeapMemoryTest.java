package org.kindling.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OffHeapMemoryTest {
  private static final long MEGABYTE = 1 << 20;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"vector", "nd4j"})
  void countsWhatTensorsHold(String name) {
    try (Kernels kernels = Kernels.named(name)) {
      long before = OffHeapMemory.heldBytes();
      OffHeapMemory.startPeak();
      long bytes = kernels.tensorBytes(1001);
      Tensor first = kernels.allocate(1001);
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before + bytes);
      first.slice(10, 100).close();
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before + bytes);
      first.close();
      first.close();
      kernels.allocate(5).close();
      assertThat(OffHeapMemory.heldBytes()).isEqualTo(before);
      assertThat(OffHeapMemory.peakBytes()).isEqualTo(before + bytes);
    }
  }

  @Test
  void refusesWhatCannotBeHadBeforeAllocating() {
    try (Kernels kernels = Kernels.named("vector")) {
      boolean[] allocated = new boolean[1];
      assertThatThrownBy(
              () ->
                  OffHeapMemory.allocate(
                      kernels, "model", 1L << 60, "use less", () -> allocated[0] = true))
          .isInstanceOf(MemoryShortageException.class)
          .hasMessageMatching(
              "model: needs 1152921504606846976 bytes outside the heap, \\d+ are available;"
                  + " use less");
      assertThat(allocated[0]).isFalse();
      assertThat(OffHeapMemory.allocate(kernels, "model", 1000, "use less", () -> 7)).isEqualTo(7);
    }
  }

  private static OffHeapMemory.Available heap(long bytes) {
    return new OffHeapMemory.Available(bytes, "outside the heap");
  }

  @Test
  void oneByteDecides() {
    OffHeapMemory.require("model", 1000, heap(1000), "use less");
    assertThatThrownBy(() -> OffHeapMemory.require("model", 1001, heap(1000), "use less"))
        .hasMessage("model: needs 1001 bytes outside the heap, 1000 are available; use less");
    assertThatThrownBy(() -> OffHeapMemory.require("model", 1, heap(-5), "use less"))
        .hasMessage("model: needs 1 bytes outside the heap, 0 are available; use less");
  }

  private AvailableMemory memory(long limitMegabytes) throws IOException {
    Path machine = directory.resolve("meminfo");
    Files.writeString(machine, "MemTotal:  9000 kB\nMemFree: 1 kB\nMemAvailable:   8192000 kB\n");
    Path process = directory.resolve("status");
    Files.writeString(process, "Name:\tjava\nRssAnon:\t 1024000 kB\nRssFile:\t 5 kB\n");
    return new AvailableMemory(machine, process, limitMegabytes * MEGABYTE, 3, 200 * MEGABYTE);
  }

  @Test
  void availableIsWhatMachineAndContainerStillHave() throws IOException {
    assertThat(memory(16_000).bytes(0)).isEqualTo(8000 * MEGABYTE);
    assertThat(memory(3_000).bytes(0)).isEqualTo(2000 * MEGABYTE);
    assertThat(memory(500).bytes(0)).isNegative();
  }

  /** 1000 MB are resident, 200 of them objects: of 900 MB of tensors 100 were never written. */
  @Test
  void tensorsThatWereNeverWrittenAreNotAvailable() throws IOException {
    assertThat(memory(16_000).bytes(800 * MEGABYTE)).isEqualTo(8000 * MEGABYTE);
    assertThat(memory(16_000).bytes(900 * MEGABYTE)).isEqualTo(7900 * MEGABYTE);
  }

  @Test
  void systemsWithoutTheseFilesSayWhatIsFree() {
    Path missing = directory.resolve("missing");
    assertThat(new AvailableMemory(missing, missing, 100, 42, 0).bytes(7)).isEqualTo(42);
  }

  @Test
  void thisMachineHasMemory() {
    assertThat(OffHeapMemory.availableBytes()).isBetween(MEGABYTE, 1L << 50);
  }
}
