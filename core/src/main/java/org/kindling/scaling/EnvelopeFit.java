package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Approach 1, over finished runs: those that no cheaper or equally cheap run beats, and the power
 * law L(C) = a·C^−b + c through them.
 *
 * @param scale a
 * @param exponent b
 * @param irreducible c, the loss of infinite compute
 * @param points the envelope, from cheap to expensive
 * @param reason why there is no law, null if there is
 */
public record EnvelopeFit(
    @JsonProperty("a") double scale,
    @JsonProperty("b") double exponent,
    @JsonProperty("c") double irreducible,
    List<ScalingPoint> points,
    String reason) {
  /** One more than the law has parameters. */
  private static final int FEWEST_POINTS = 4;

  static EnvelopeFit of(List<ScalingPoint> points) {
    List<ScalingPoint> envelope = envelope(points);
    if (envelope.size() < FEWEST_POINTS) {
      String reason =
          String.format(
              Locale.ROOT,
              "the envelope has %d run%s and L(C) = a·C^−b + c needs %d",
              envelope.size(),
              envelope.size() == 1 ? "" : "s",
              FEWEST_POINTS);
      return new EnvelopeFit(Double.NaN, Double.NaN, Double.NaN, envelope, reason);
    }
    double[][] flops = {envelope.stream().mapToDouble(ScalingPoint::flops).toArray()};
    double[] losses = envelope.stream().mapToDouble(ScalingPoint::loss).toArray();
    PowerSumObjective objective = PowerSumObjective.of(flops, losses);
    double[] p = objective.uncentred(StartGrid.search(objective, StartGrid.power()).best());
    return new EnvelopeFit(Math.exp(p[1]), p[2], Math.exp(p[0]), envelope, null);
  }

  private static List<ScalingPoint> envelope(List<ScalingPoint> points) {
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
