package org.kindling.scaling;

import java.util.ArrayList;
import java.util.List;

/**
 * How well laws fitted below one compute cutoff after the other predicted the runs above, with
 * intervals that knew nothing of them.
 *
 * @param cutoffs from cheap to expensive; empty if the points allow none
 * @param predictions in all
 * @param covered of them by their 95% interval
 * @param meanRelativeError mean of |predicted − measured| / measured of all; NaN without any
 */
public record RollingCheck(
    List<Cutoff> cutoffs, int predictions, int covered, double meanRelativeError) {
  /**
   * One cutoff.
   *
   * @param flops between the runs fitted and those predicted
   * @param growth learned from cheaper cutoffs
   * @param floor learned from cheaper cutoffs
   * @param meanHalfWidth of the intervals, relative to the prediction
   */
  public record Cutoff(
      double flops,
      int fitted,
      int predicted,
      int covered,
      double meanRelativeError,
      double meanHalfWidth,
      double growth,
      double floor) {}

  static RollingCheck of(RollingCutoffs rolling) {
    List<Cutoff> cutoffs = new ArrayList<>();
    for (RollingCutoffs.Step step : rolling.steps()) {
      cutoffs.add(cutoff(step, step.predictor().taught(rolling)));
    }
    int predictions = cutoffs.stream().mapToInt(Cutoff::predicted).sum();
    double error = cutoffs.stream().mapToDouble(c -> c.predicted() * c.meanRelativeError()).sum();
    return new RollingCheck(
        cutoffs,
        predictions,
        cutoffs.stream().mapToInt(Cutoff::covered).sum(),
        error / predictions);
  }

  private static Cutoff cutoff(RollingCutoffs.Step step, LossPredictor predictor) {
    int covered = 0;
    double error = 0;
    double width = 0;
    for (ScalingPoint p : step.above()) {
      Interval interval = predictor.interval(p.parameters(), p.tokens(), p.flops());
      double predicted = predictor.law().loss(p.parameters(), p.tokens());
      covered += interval.contains(p.loss()) ? 1 : 0;
      error += Math.abs(predicted / p.loss() - 1);
      width += (interval.upper() - interval.lower()) / 2 / predicted;
    }
    int n = step.above().size();
    return new Cutoff(
        step.flops(),
        step.fitted(),
        n,
        covered,
        error / n,
        width / n,
        predictor.growth(),
        predictor.floor());
  }
}
