package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Approach 2: the size at which each budget's loss is lowest, and how it grows with the budget.
 *
 * @param parametersExponent a of N_opt = {@code parametersCoefficient}·C^a; NaN where there is none
 * @param tokensExponent b of D_opt = {@code tokensCoefficient}·C^b
 * @param ci95 intervals of a and b; empty if the parabolas leave no residuals to judge by
 * @param resampled best N as power laws of C, of losses drawn anew; 200 at most
 * @param budgets from small to large
 * @param reason why there are no exponents, null if there are
 * @see <a href="https://arxiv.org/abs/2203.15556">Hoffmann et al. 2022, section 3.2</a>
 */
public record IsoFlopFit(
    @JsonProperty("a") double parametersExponent,
    @JsonProperty("b") double tokensExponent,
    double parametersCoefficient,
    double tokensCoefficient,
    Map<String, Interval> ci95,
    List<LogLine> resampled,
    List<BudgetCurve> budgets,
    String reason) {

  /** Fits parabolas and exponents, with intervals from {@code resamples} of the residuals. */
  static IsoFlopFit of(List<ScalingPoint> points, int resamples, long seed) {
    List<Budget> groups = Budget.group(points);
    List<BudgetCurve> curves = groups.stream().map(BudgetCurve::of).toList();
    List<BudgetCurve> visible = curves.stream().filter(BudgetCurve::visible).toList();
    if (visible.size() < 2) {
      return new IsoFlopFit(
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Double.NaN,
          Map.of(),
          List.of(),
          curves,
          reason(curves, visible.size()));
    }
    double[] flops = visible.stream().mapToDouble(BudgetCurve::flops).toArray();
    LogLine parameters =
        LogLine.through(flops, visible.stream().mapToDouble(BudgetCurve::parameters).toArray());
    LogLine tokens =
        LogLine.through(flops, visible.stream().mapToDouble(BudgetCurve::tokens).toArray());
    List<Budget> used = groups.stream().filter(b -> BudgetCurve.of(b).visible()).toList();
    List<double[]> minima = resampled(used, resamples, new SplittableRandom(seed));
    List<LogLine> lines =
        minima.stream()
            .map(drawn -> LogLine.through(flops, drawn))
            .filter(line -> Double.isFinite(line.exponent()))
            .toList();
    return new IsoFlopFit(
        parameters.exponent(),
        tokens.exponent(),
        parameters.coefficient(),
        tokens.coefficient(),
        intervals(lines, resamples),
        lines.stream().limit(Draws.KEPT).toList(),
        withIntervals(curves, minima),
        null);
  }

  /** Adds the intervals of the minima, of which {@code minima} has one column each. */
  private static List<BudgetCurve> withIntervals(List<BudgetCurve> curves, List<double[]> minima) {
    List<BudgetCurve> all = new ArrayList<>();
    int column = 0;
    for (BudgetCurve curve : curves) {
      int at = column;
      all.add(curve.visible() ? curve.with(Draws.interval(minima, m -> m[at])) : curve);
      column += curve.visible() ? 1 : 0;
    }
    return all;
  }

  /** 95% of the best N at a budget; null if there is none. */
  Interval parametersAt(double flops) {
    return ci95.isEmpty() ? null : Draws.interval(resampled, line -> line.at(flops));
  }

  private static String reason(List<BudgetCurve> curves, int visible) {
    if (curves.size() == 1) {
      return "all runs have one budget of "
          + Numbers.power(curves.get(0).flops())
          + " FLOPs; an exponent needs two budgets";
    }
    return String.format(
        Locale.ROOT,
        "%s of %d budgets %s a visible minimum; an exponent needs two",
        visible == 0 ? "none" : "one",
        curves.size(),
        "has");
  }

  /**
   * Minima by budget of losses drawn anew around the parabolas, with the spread of all residuals
   * together. A resample in which a budget loses its valley has no exponent; with more than one in
   * twenty of those there is no interval.
   */
  private static List<double[]> resampled(
      List<Budget> budgets, int resamples, SplittableRandom random) {
    int freedom = budgets.stream().mapToInt(b -> b.points().size() - 3).sum();
    if (freedom < 3) {
      return List.of();
    }
    double spread = Math.sqrt(squares(budgets) / freedom);
    List<double[]> all = new ArrayList<>();
    for (int r = 0; r < resamples; r++) {
      double[] minima = new double[budgets.size()];
      for (int i = 0; i < minima.length; i++) {
        minima[i] = Math.exp(redrawn(budgets.get(i), spread, random).minimumLogParameters());
      }
      all.add(minima);
    }
    return all;
  }

  private static Map<String, Interval> intervals(List<LogLine> lines, int resamples) {
    if (lines.isEmpty() || lines.size() < 0.95 * resamples) {
      return Map.of();
    }
    Interval a = Interval.middle95(lines.stream().mapToDouble(LogLine::exponent).toArray());
    Map<String, Interval> named = new LinkedHashMap<>();
    named.put("a", a);
    named.put("b", new Interval(1 - a.upper(), 1 - a.lower()));
    return named;
  }

  private static double squares(List<Budget> budgets) {
    double squares = 0;
    for (Budget budget : budgets) {
      Parabola parabola = BudgetCurve.of(budget).parabola();
      for (ScalingPoint p : budget.points()) {
        squares += Math.pow(p.loss() - parabola.loss(p.parameters()), 2);
      }
    }
    return squares;
  }

  private static Parabola redrawn(Budget budget, double spread, SplittableRandom random) {
    Parabola parabola = BudgetCurve.of(budget).parabola();
    List<ScalingPoint> points = budget.points();
    double[] sizes = points.stream().mapToDouble(p -> Math.log(p.parameters())).toArray();
    double[] losses =
        points.stream()
            .mapToDouble(p -> parabola.loss(p.parameters()) + spread * random.nextGaussian())
            .toArray();
    return Parabola.through(sizes, losses);
  }
}
