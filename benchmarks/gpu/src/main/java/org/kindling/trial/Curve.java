package org.kindling.trial;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;

/** Losses of 500 steps on the device, beside those of the vector kernels on the CPU. */
final class Curve implements Work {
  static final int STEPS = 500;
  private static final int LAST = 50;

  /** Nats, of the mean of the last steps. */
  static double limit(Precision precision) {
    return precision == Precision.FP32 ? 1e-3 : 1e-2;
  }

  @Override
  public void run(Setting setting, Rows rows) throws Exception {
    TrialText text = TrialText.of(setting);
    Shape shape = setting.sizes().curve();
    CompletableFuture<double[]> expected =
        CompletableFuture.supplyAsync(
            () -> losses(new KernelsWanted("vector"), Precision.FP32, shape, text));
    for (Precision precision : Precision.values()) {
      String what = "500 steps in " + precision.label();
      if (setting.has(precision, what, rows)) {
        double[] found = losses(setting.wanted(), precision, shape, text);
        compare(what, precision, new Losses(expected.get(), found, text.source()), rows);
      }
    }
  }

  /** Losses of the vector kernels, and of the device. */
  record Losses(double[] expected, double[] found, String text) {
    /** Of any step. */
    double largestDifference() {
      return IntStream.range(0, found.length)
          .mapToDouble(i -> Math.abs(found[i] - expected[i]))
          .reduce(0, Math::max);
    }

    double differenceAtTheEnd() {
      return Math.abs(end(found) - end(expected));
    }

    static double end(double[] losses) {
      return Arrays.stream(losses, losses.length - LAST, losses.length).average().orElseThrow();
    }
  }

  static void compare(String what, Precision precision, Losses losses, Rows rows) {
    double largest = losses.largestDifference();
    double atTheEnd = losses.differenceAtTheEnd();
    double limit = limit(precision);
    String result =
        String.format(
            "%.1e nats from vector's fp32 on the CPU in the mean of the last %d steps (limit %.0e), %.1e at most in one"
                + " step; loss %.3f to %.4f; text: %s",
            atTheEnd,
            LAST,
            limit,
            largest,
            losses.found()[0],
            Losses.end(losses.found()),
            losses.text());
    Map<String, Object> values =
        Map.of(
            "precision", precision.label(),
            "differenceAtTheEnd", atTheEnd,
            "largestDifference", largest,
            "limit", limit,
            "text", losses.text(),
            "losses", losses.found(),
            "expectedLosses", losses.expected());
    // Not "above": NaN is above nothing.
    if (atTheEnd <= limit) {
      rows.passed(what, result, values);
    } else {
      rows.failed(what, result, values);
    }
  }

  private static double[] losses(
      KernelsWanted wanted, Precision precision, Shape shape, TrialText text) {
    try (Replica replica = Replica.open(wanted, precision, shape)) {
      double[] losses = new double[STEPS];
      Arrays.setAll(losses, step -> replica.step(text.batch(shape, step)));
      return losses;
    }
  }
}
