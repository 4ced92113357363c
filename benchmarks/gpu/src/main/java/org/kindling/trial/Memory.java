package org.kindling.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.kindling.kernels.Device;
import org.kindling.kernels.Precision;
import org.kindling.model.Architecture;
import org.kindling.model.LanguageModels;
import org.kindling.model.TokenBatch;
import org.kindling.torch.DeviceMemory;

/**
 * Whether native memory is flat, and what a step takes beside Kindling's estimate: on a card by
 * libtorch's allocator, on the CPU by what the process holds.
 */
final class Memory implements Work {
  private static final int EARLY = 500;
  private static final int LATE = 3000;
  private static final double MOST_GROWTH = 0.05;
  private static final int STEPS = 3;
  private static final double MEGABYTE = 1e6;

  /** Its step takes milliseconds. */
  private static final Shape TINY =
      new Shape("tiny model", Architecture.GPT2.settings(1, 2, 16, 16, true), 64, 2);

  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    if (!Files.exists(Resident.FILE)) {
      rows.notRun("all", "this system has no " + Resident.FILE);
      return;
    }
    Precision precision =
        setting.has(Precision.BF16, "a step in bf16", rows) ? Precision.BF16 : Precision.FP32;
    flatness(setting, precision, rows);
    Shape shape = setting.sizes().speed().get(0);
    LargestBatch.of(
        shape,
        tried -> {
          step(setting, tried, precision, rows);
          return tried;
        });
  }

  private static long heldOnCard(Setting setting) {
    return setting.device() == Device.CUDA ? DeviceMemory.heldBytes(0) : 0;
  }

  /** Without Java's heap, all of which is there from the start. */
  private static long nativeBytes() {
    return Resident.bytes("VmRSS") - Runtime.getRuntime().totalMemory();
  }

  private static void flatness(Setting setting, Precision precision, Rows rows) {
    try (Replica replica = Replica.open(setting.wanted(), precision, TINY)) {
      TokenBatch batch = Replica.randomBatch(TINY);
      long early = 0;
      long earlyTensors = 0;
      for (int step = 1; step <= LATE; step++) {
        replica.step(batch);
        if (step == EARLY) {
          early = nativeBytes();
          earlyTensors = heldOnCard(setting);
        }
      }
      growth("native memory of the process", early, nativeBytes(), rows);
      if (setting.device() == Device.CUDA) {
        growth("tensors on the card", earlyTensors, heldOnCard(setting), rows);
      }
    }
  }

  static void growth(String what, long early, long late, Rows rows) {
    double growth = (double) late / early - 1;
    String result =
        String.format(
            "%.2f MB after step %d, %.2f MB after step %d: %+.1f %% (limit %.0f %%)",
            early / MEGABYTE, EARLY, late / MEGABYTE, LATE, 100 * growth, 100 * MOST_GROWTH);
    Map<String, Object> values = Map.of("earlyBytes", early, "lateBytes", late);
    if (growth <= MOST_GROWTH) {
      rows.passed(what, result, values);
    } else {
      rows.failed(what, result, values);
    }
  }

  private static void step(Setting setting, Shape shape, Precision precision, Rows rows) {
    boolean card = setting.device() == Device.CUDA;
    if (card) {
      DeviceMemory.startPeak(0);
    }
    long before = Resident.bytes("VmRSS");
    try (Replica replica = Replica.open(setting.wanted(), precision, shape)) {
      TokenBatch batch = Replica.randomBatch(shape);
      for (int i = 0; i < STEPS; i++) {
        replica.step(batch);
      }
      long measured = card ? DeviceMemory.peakBytes(0) : Resident.bytes("VmHWM") - before;
      long estimated =
          LanguageModels.memory(shape.model(), shape.vocabulary(), shape.batch(), replica.kernels())
              .trainingBytes(replica.optimizerBytes());
      report(shape, precision, new Bytes(measured, estimated), rows);
    }
  }

  private record Bytes(long measured, long estimated) {}

  private static void report(Shape shape, Precision precision, Bytes bytes, Rows rows) {
    rows.measured(
        "a step of " + shape.name() + " in " + precision.label(),
        String.format(
            "%,.0f MB at most, %,.0f MB by the estimate: %.2f times; %d × %d tokens",
            bytes.measured() / MEGABYTE,
            bytes.estimated() / MEGABYTE,
            (double) bytes.measured() / bytes.estimated(),
            shape.batch(),
            shape.model().context()),
        Map.of(
            "measuredBytes", bytes.measured(),
            "estimatedBytes", bytes.estimated(),
            "batch", shape.batch()));
  }

  /** What the operating system says of this process. */
  private static final class Resident {
    static final Path FILE = Path.of("/proc/self/status");

    static long bytes(String key) {
      try {
        return Files.readAllLines(FILE).stream()
            .filter(line -> line.startsWith(key + ":"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
            .findFirst()
            .orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(FILE + ": cannot be read", e);
      }
    }
  }
}
