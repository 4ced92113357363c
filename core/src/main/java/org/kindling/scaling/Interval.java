package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;

/** From lower to upper; {@code [lower, upper]} in JSON. */
public record Interval(double lower, double upper) {
  @JsonCreator
  static Interval of(double[] bounds) {
    return new Interval(bounds[0], bounds[1]);
  }

  @JsonValue
  double[] bounds() {
    return new double[] {lower, upper};
  }

  public boolean contains(double value) {
    return lower <= value && value <= upper;
  }

  /** The middle 95% of a sample, by linear interpolation between order statistics. */
  static Interval middle95(double[] sample) {
    double[] sorted = sample.clone();
    Arrays.sort(sorted);
    return new Interval(quantile(sorted, 0.025), quantile(sorted, 0.975));
  }

  private static double quantile(double[] sorted, double p) {
    double position = p * (sorted.length - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
