package org.kindling.trial;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.kindling.kernels.Device;
import org.kindling.kernels.Precision;
import org.kindling.model.TokenBatch;

/** Tokens a second of whole training steps, and what share of the device's best that is. */
final class Speed implements Work {
  private static final String RATE = "tokensPerSecond";
  private static final int WARMUP_STEPS = 3;
  private static final double WARMUP_SECONDS = 2;
  private static final int FEWEST_STEPS = 3;
  private static final int MOST_STEPS = 30;

  /** Of all steps of a shape that are timed. */
  private record Timing(Shape shape, List<Double> milliseconds, double loss) {
    double median() {
      List<Double> sorted = milliseconds.stream().sorted().toList();
      return sorted.get(sorted.size() / 2);
    }

    double tokensPerSecond() {
      return shape.tokens() * 1e3 / median();
    }
  }

  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    Yardstick yardstick = Yardstick.of(setting);
    for (Shape shape : setting.sizes().speed()) {
      String what = name(shape);
      if (setting.has(Precision.BF16, what, rows)) {
        Timing timing = LargestBatch.of(shape, tried -> time(setting, tried));
        report(what, timing, yardstick, rows);
      }
    }
  }

  private static String name(Shape shape) {
    return shape.name() + " in bf16";
  }

  /** What an earlier process measured of a shape, in tokens a second; empty if none did. */
  static OptionalDouble measured(Setting setting, Shape shape) throws IOException {
    Section speed = Section.SPEED;
    return new Rows(SectionProcess.file(setting, speed), speed.label())
        .read().stream()
            .filter(row -> row.what().equals(name(shape)) && row.values().containsKey(RATE))
            .mapToDouble(row -> ((Number) row.values().get(RATE)).doubleValue())
            .findFirst();
  }

  private static Timing time(Setting setting, Shape shape) {
    double seconds = setting.device() == Device.CUDA ? 12 : 5;
    TokenBatch batch = Replica.randomBatch(shape);
    try (Replica replica = Replica.open(setting.wanted(), Precision.BF16, shape)) {
      long warm = System.nanoTime() + (long) (WARMUP_SECONDS * 1e9);
      for (int i = 0; i < WARMUP_STEPS || System.nanoTime() < warm; i++) {
        replica.step(batch);
      }
      long end = System.nanoTime() + (long) (seconds * 1e9);
      List<Double> times = new ArrayList<>();
      double loss = 0;
      while (times.size() < FEWEST_STEPS || times.size() < MOST_STEPS && System.nanoTime() < end) {
        long start = System.nanoTime();
        loss = replica.step(batch);
        times.add((System.nanoTime() - start) / 1e6);
      }
      return new Timing(shape, times, loss);
    }
  }

  private static void report(String what, Timing timing, Yardstick yardstick, Rows rows) {
    Shape shape = timing.shape();
    double speed = timing.tokensPerSecond();
    String result =
        String.format(
            "%,.0f tokens/s; %d × %d tokens in %.1f ms (median of %d); %s",
            speed,
            shape.batch(),
            shape.model().context(),
            timing.median(),
            timing.milliseconds().size(),
            yardstick.inWords(shape, speed));
    Map<String, Object> values = new LinkedHashMap<>();
    values.put(RATE, speed);
    values.put("medianStepMs", timing.median());
    values.put("batch", shape.batch());
    values.put("context", shape.model().context());
    values.put("loss", timing.loss());
    yardstick.share(shape, speed).ifPresent(share -> values.put("share", share));
    yardstick.teraflops().ifPresent(peak -> values.put("yardstickTeraflops", peak));
    values.put("yardstick", yardstick.name());
    rows.measured(what, result, values);
  }
}
