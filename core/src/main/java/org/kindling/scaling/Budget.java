package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Runs that spent about the same FLOPs on different sizes.
 *
 * @param flops geometric mean
 * @param points sorted by parameters
 */
public record Budget(double flops, List<ScalingPoint> points) {
  /** Token counts are rounded to steps: runs of one budget differ by this much, and not more. */
  private static final double LARGEST_SPREAD = Math.log(1.1);

  /** Groups points by FLOPs; a chain of neighbours wider than a tenth is cut at its widest gap. */
  public static List<Budget> group(List<ScalingPoint> points) {
    List<ScalingPoint> sorted = new ArrayList<>(points);
    sorted.sort(Comparator.comparingDouble(ScalingPoint::flops));
    List<Budget> budgets = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= sorted.size(); i++) {
      if (i == sorted.size() || gapBefore(sorted, i) > LARGEST_SPREAD) {
        split(sorted.subList(start, i), budgets);
        start = i;
      }
    }
    return budgets;
  }

  private static void split(List<ScalingPoint> chain, List<Budget> budgets) {
    int last = chain.size() - 1;
    if (Math.log(chain.get(last).flops() / chain.get(0).flops()) <= LARGEST_SPREAD) {
      budgets.add(of(chain));
      return;
    }
    int widest = 1;
    for (int i = 2; i <= last; i++) {
      widest = gapBefore(chain, i) > gapBefore(chain, widest) ? i : widest;
    }
    split(chain.subList(0, widest), budgets);
    split(chain.subList(widest, chain.size()), budgets);
  }

  private static double gapBefore(List<ScalingPoint> sorted, int i) {
    return Math.log(sorted.get(i).flops() / sorted.get(i - 1).flops());
  }

  private static Budget of(List<ScalingPoint> points) {
    double mean = points.stream().mapToDouble(p -> Math.log(p.flops())).average().orElseThrow();
    List<ScalingPoint> bySize = new ArrayList<>(points);
    bySize.sort(Comparator.comparingDouble(ScalingPoint::parameters));
    return new Budget(Math.exp(mean), List.copyOf(bySize));
  }

  int sizes() {
    return (int) points.stream().mapToDouble(ScalingPoint::parameters).distinct().count();
  }

  double smallest() {
    return points.get(0).parameters();
  }

  double largest() {
    return points.get(points.size() - 1).parameters();
  }

  /** k of C = k·N·D, geometric mean. */
  double flopsPerParameterToken() {
    return geometricFlopsPerParameterToken(points);
  }

  static double geometricFlopsPerParameterToken(List<ScalingPoint> points) {
    return Math.exp(
        points.stream()
            .mapToDouble(p -> Math.log(p.flops() / p.parameters() / p.tokens()))
            .average()
            .orElseThrow());
  }
}
