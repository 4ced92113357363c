package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Approach 1, over finished runs: those that no cheaper or equally cheap run beats, and the power
 * law L(C) = a·C^−b + c through them.
 *
 * @param scale a
 * @param exponent b
 * @param irreducible c, the loss of infinite compute
 * @param sizes N of the envelope's runs as a power of C; null below two runs
 * @param tokens D of the envelope's runs as a power of C
 * @param resampledSizes as {@code sizes}, of envelopes of runs drawn with replacement
 * @param points the envelope, from cheap to expensive
 * @param reason why there is no law, null if there is
 */
public record EnvelopeFit(
    @JsonProperty("a") double scale,
    @JsonProperty("b") double exponent,
    @JsonProperty("c") double irreducible,
    LogLine sizes,
    LogLine tokens,
    List<LogLine> resampledSizes,
    List<ScalingPoint> points,
    String reason) {
  /** As many as the law has parameters: they determine it without a residual. */
  private static final int FEWEST_POINTS = 3;

  static EnvelopeFit of(List<ScalingPoint> points, FitSettings settings) {
    List<ScalingPoint> envelope = envelope(points);
    List<LogLine> resampled = resampled(points, settings);
    if (envelope.size() < FEWEST_POINTS) {
      String reason =
          String.format(
              Locale.ROOT,
              "the envelope has %d run%s and L(C) = a·C^−b + c needs %d",
              envelope.size(),
              envelope.size() == 1 ? "" : "s",
              FEWEST_POINTS);
      return new EnvelopeFit(
          Double.NaN,
          Double.NaN,
          Double.NaN,
          line(envelope, ScalingPoint::parameters),
          line(envelope, ScalingPoint::tokens),
          resampled,
          envelope,
          reason);
    }
    PowerLaw power = PowerFit.law(envelope);
    return new EnvelopeFit(
        power.scale(),
        power.exponent(),
        power.irreducible(),
        line(envelope, ScalingPoint::parameters),
        line(envelope, ScalingPoint::tokens),
        resampled,
        envelope,
        null);
  }

  private static List<LogLine> resampled(List<ScalingPoint> points, FitSettings settings) {
    List<LogLine> lines = new ArrayList<>();
    if (points.size() >= Bootstrap.FEWEST_POINTS) {
      SplittableRandom random = new SplittableRandom(settings.seed());
      for (int r = 0; r < Math.min(settings.bootstrap(), Draws.KEPT); r++) {
        int[] counts = Draws.counts(points.size(), 2, random);
        LogLine line = line(envelope(Draws.points(points, counts)), ScalingPoint::parameters);
        if (line != null && Double.isFinite(line.exponent())) {
          lines.add(line);
        }
      }
    }
    return lines;
  }

  private static LogLine line(List<ScalingPoint> envelope, ToDoubleFunction<ScalingPoint> of) {
    return envelope.size() < 2
        ? null
        : LogLine.through(
            envelope.stream().mapToDouble(ScalingPoint::flops).toArray(),
            envelope.stream().mapToDouble(of).toArray());
  }

  static List<ScalingPoint> envelope(List<ScalingPoint> points) {
    List<ScalingPoint> sorted = new ArrayList<>(points);
    sorted.sort(
        Comparator.comparingDouble(ScalingPoint::flops).thenComparingDouble(ScalingPoint::loss));
    List<ScalingPoint> envelope = new ArrayList<>();
    double lowest = Double.POSITIVE_INFINITY;
    for (ScalingPoint point : sorted) {
      if (point.loss() < lowest) {
        // Runs planned for one budget differ in FLOPs by rounding: the better one stands for it.
        int last = envelope.size() - 1;
        if (last >= 0 && Budget.group(List.of(envelope.get(last), point)).size() == 1) {
          envelope.remove(last);
        }
        envelope.add(point);
        lowest = point.loss();
      }
    }
    return List.copyOf(envelope);
  }

  public double loss(double flops) {
    return scale * Math.pow(flops, -exponent) + irreducible;
  }
}
