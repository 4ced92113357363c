package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What is odd about the points themselves, whatever is fitted to them. */
final class DataWarnings {
  /** Nobody's vocabulary is so large that a uniform guess costs this many nats. */
  private static final double LIKE_A_PERPLEXITY = 16;

  /** Of more budgets, most hold one run or two, and the best of those goes up and down. */
  private static final int FEW_BUDGETS = 12;

  private static final double CLEAR_RISE = 0.02;

  private final List<String> sentences = new ArrayList<>();

  private DataWarnings() {}

  static List<String> of(List<ScalingPoint> points) {
    DataWarnings warnings = new DataWarnings();
    List<Budget> budgets = Budget.group(points);
    if (budgets.size() == 1) {
      warnings.add(
          "All runs have one budget of %s FLOPs: nothing here shows how the loss falls with"
              + " compute; train at a second one.",
          Numbers.power(budgets.get(0).flops()));
    }
    warnings.aboutRisingLosses(budgets);
    warnings.aboutUnitOfLoss(points);
    return warnings.sentences;
  }

  private void add(String format, Object... arguments) {
    sentences.add(String.format(Locale.ROOT, format, arguments));
  }

  private static ScalingPoint best(Budget budget) {
    ScalingPoint best = budget.points().get(0);
    for (ScalingPoint p : budget.points()) {
      best = p.loss() < best.loss() ? p : best;
    }
    return best;
  }

  /** A budget whose best run is worse than that of a cheaper one. */
  private void aboutRisingLosses(List<Budget> budgets) {
    int rising = 0;
    int pairs = 0;
    String worst = null;
    double largestRise = 0;
    for (int i = 1; i < budgets.size(); i++) {
      ScalingPoint cheap = best(budgets.get(i - 1));
      ScalingPoint dear = best(budgets.get(i));
      pairs++;
      double rise = Math.log(dear.loss() / cheap.loss());
      rising += rise > 0 ? 1 : 0;
      if (rise > largestRise && (budgets.size() <= FEW_BUDGETS || rise > CLEAR_RISE)) {
        largestRise = rise;
        worst =
            String.format(
                Locale.ROOT,
                "The best loss rises with compute, from %.4g nats (run %s, %s FLOPs) to %.4g (run"
                    + " %s, %s FLOPs): look at that run before believing the law.",
                cheap.loss(),
                cheap.run(),
                Numbers.power(cheap.flops()),
                dear.loss(),
                dear.run(),
                Numbers.power(dear.flops()));
      }
    }
    if (pairs > 0 && rising == pairs) {
      add("The loss rises with compute from every budget to the next: is the column right?");
    } else if (pairs > 2 && 2 * rising > pairs) {
      add(
          "The best loss rises with compute at %d of %d steps from one budget to the next.",
          rising, pairs);
    }
    if (worst != null) {
      sentences.add(worst);
    }
  }

  private void aboutUnitOfLoss(List<ScalingPoint> points) {
    double[] sorted = points.stream().mapToDouble(ScalingPoint::loss).sorted().toArray();
    double median = sorted[sorted.length / 2];
    if (median > LIKE_A_PERPLEXITY) {
      add(
          "The median loss is %.3g: nats per token are expected, and this looks like a perplexity;"
              + " its logarithm would be %.3g.",
          median, Math.log(median));
    }
  }
}
