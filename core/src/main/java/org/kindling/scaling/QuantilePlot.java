package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * Residuals in order of size against what a normal distribution would give.
 *
 * @param points from the smallest residual
 * @param centre of the line through the quartiles
 * @param slope of that line: a standard deviation that outliers do not move
 * @param outside residuals more than two slopes from the centre
 * @param expectedOutside how many a normal distribution would put there
 */
public record QuantilePlot(
    List<Point> points, double centre, double slope, int outside, double expectedOutside) {
  private static final double BEYOND_TWO_DEVIATIONS = 0.0455;

  /**
   * One residual.
   *
   * @param expected quantile of the standard normal distribution
   */
  public record Point(Residual of, double expected) {}

  /** The plot of these residuals; at least one. */
  public static QuantilePlot of(List<Residual> residuals) {
    NormalDistribution normal = new NormalDistribution();
    List<Residual> sorted = new ArrayList<>(residuals);
    sorted.sort(Comparator.comparingDouble(Residual::residual));
    int n = sorted.size();
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      double expected = normal.inverseCumulativeProbability((i + 0.5) / n);
      points.add(new Point(sorted.get(i), expected));
    }
    double lower = quantile(sorted, 0.25);
    double upper = quantile(sorted, 0.75);
    double slope = (upper - lower) / (2 * normal.inverseCumulativeProbability(0.75));
    double centre = (upper + lower) / 2;
    int outside =
        (int) sorted.stream().filter(r -> Math.abs(r.residual() - centre) > 2 * slope).count();
    return new QuantilePlot(points, centre, slope, outside, BEYOND_TWO_DEVIATIONS * n);
  }

  private static double quantile(List<Residual> sorted, double p) {
    double position = p * (sorted.size() - 1);
    int below = (int) position;
    int above = Math.min(below + 1, sorted.size() - 1);
    double low = sorted.get(below).residual();
    return low + (position - below) * (sorted.get(above).residual() - low);
  }
}
