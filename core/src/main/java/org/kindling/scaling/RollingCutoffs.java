package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Laws fitted below one compute cutoff after the other, and how wrong each was above: what a
 * prediction from these points deserves to be trusted.
 */
final class RollingCutoffs {
  /**
   * A law's error at a run it has not seen.
   *
   * @param distance e-folds of compute beyond the largest run fitted
   */
  private record Score(
      double flops, double distance, double error, double halfWidth, double weight) {
    /** Growth of the half width per e-fold at which this run is just inside. */
    double neededGrowth() {
      double missing = error * error - halfWidth * halfWidth;
      return missing <= 0 ? 0 : Math.sqrt(missing) / distance;
    }
  }

  /**
   * One cutoff.
   *
   * @param fitted number of runs below
   * @param predictor of those, untaught
   */
  record Step(double flops, int fitted, LossPredictor predictor, List<ScalingPoint> above) {}

  static final int MOST_CUTOFFS = 8;
  private static final int RESAMPLES = 200;
  private static final int FEWEST_FITTED = 10;

  /** Runs of one budget, give or take, teach nothing of how errors grow with compute. */
  private static final double LEAST_RANGE = 2.5;

  private static final double COVERAGE = 0.95;

  private final List<Step> steps = new ArrayList<>();
  private final List<List<Score>> scores = new ArrayList<>();

  private RollingCutoffs() {}

  /** Fits below each cutoff that leaves enough runs on both sides. */
  static RollingCutoffs of(List<ScalingPoint> points, long seed) {
    RollingCutoffs rolling = new RollingCutoffs();
    List<ScalingPoint> sorted = new ArrayList<>(points);
    sorted.sort(Comparator.comparingDouble(ScalingPoint::flops));
    for (int count : counts(sorted)) {
      rolling.add(sorted.subList(0, count), sorted.subList(count, sorted.size()), seed);
    }
    return rolling;
  }

  /** Numbers of runs below each cutoff: whole budgets, about evenly spaced where there are many. */
  private static List<Integer> counts(List<ScalingPoint> sorted) {
    List<Integer> ends = new ArrayList<>();
    int below = 0;
    for (Budget budget : Budget.group(sorted)) {
      below += budget.points().size();
      boolean enough =
          below >= FEWEST_FITTED
              && sorted.get(below - 1).flops() > LEAST_RANGE * sorted.get(0).flops();
      if (enough && below < sorted.size()) {
        ends.add(below);
      }
    }
    if (ends.size() <= MOST_CUTOFFS) {
      return ends;
    }
    List<Integer> chosen = new ArrayList<>();
    for (int k = 0; k < MOST_CUTOFFS; k++) {
      chosen.add(ends.get(k * (ends.size() - 1) / (MOST_CUTOFFS - 1)));
    }
    return chosen;
  }

  private void add(List<ScalingPoint> below, List<ScalingPoint> above, long seed) {
    if (!ParametricFit.isEnough(below)) {
      return;
    }
    ParametricLaw law = ParametricFit.quickly(below);
    LossPredictor predictor =
        LossPredictor.of(law, Bootstrap.of(below, law, RESAMPLES, seed), below);
    List<Score> found = new ArrayList<>();
    for (ScalingPoint p : above) {
      Interval interval = predictor.interval(p.parameters(), p.tokens(), p.flops());
      if (interval == null) {
        return;
      }
      found.add(score(p, predictor, interval, below.size()));
    }
    double between = Math.sqrt(predictor.largestFlops() * above.get(0).flops());
    steps.add(new Step(between, below.size(), predictor, List.copyOf(above)));
    scores.add(found);
  }

  private static Score score(
      ScalingPoint p, LossPredictor predictor, Interval interval, int fitted) {
    double predicted = predictor.law().loss(p.parameters(), p.tokens());
    double error = Math.log(p.loss() / predicted);
    double half =
        error > 0 ? Math.log(interval.upper() / predicted) : Math.log(predicted / interval.lower());
    double distance = Math.log(p.flops() / predictor.largestFlops());
    return new Score(p.flops(), distance, Math.abs(error), half, (double) fitted * fitted);
  }

  List<Step> steps() {
    return steps;
  }

  /** Number of predictions up to a limit, from which the next two learn. */
  int lessons(double limitFlops) {
    return (int) scores.stream().flatMap(List::stream).filter(s -> s.flops() <= limitFlops).count();
  }

  /**
   * The least growth with which 95% of the predictions above cheaper cutoffs hold; 0 if there are
   * none.
   *
   * @param limitFlops nothing above this is looked at
   */
  double growth(double limitFlops) {
    return quantile(limitFlops, Score::neededGrowth);
  }

  /** What 95% of the errors above cheaper cutoffs stayed below; 0 if there are none. */
  double floor(double limitFlops) {
    return quantile(limitFlops, Score::error);
  }

  /**
   * A cutoff counts by the square of its runs: laws of few are wrong in ways that later are not.
   */
  private double quantile(double limitFlops, ToDoubleFunction<Score> of) {
    List<double[]> weighted = new ArrayList<>();
    for (List<Score> step : scores) {
      List<Score> seen = step.stream().filter(s -> s.flops() <= limitFlops).toList();
      for (Score score : seen) {
        weighted.add(new double[] {of.applyAsDouble(score), score.weight() / seen.size()});
      }
    }
    double[][] sorted = weighted.toArray(double[][]::new);
    Arrays.sort(sorted, Comparator.comparingDouble(s -> s[0]));
    double total = Arrays.stream(sorted).mapToDouble(s -> s[1]).sum();
    double sum = 0;
    for (double[] score : sorted) {
      sum += score[1];
      if (sum >= COVERAGE * total) {
        return score[0];
      }
    }
    return 0;
  }
}
