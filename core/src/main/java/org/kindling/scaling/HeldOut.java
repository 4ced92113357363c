package org.kindling.scaling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The check of the law on runs it has not seen: fitted below a cutoff, it predicts above.
 *
 * @param cutoffFlops between the runs fitted and the runs predicted
 * @param chosenBy {@code user}, or {@code largest budgets} where the user gave no cutoff
 * @param fitted number of runs below
 * @param law of those; null without a check
 * @param predictions of the runs above
 * @param meanRelativeError mean of |predicted − measured| / measured
 * @param meanSignedRelativeError mean of (predicted − measured) / measured: the law's bias
 * @param covered predictions whose interval holds the measured loss; -1 without intervals
 * @param best the largest budget's best loss as L(C) expects it; null with fewer than three budgets
 *     below the cutoff, or without a check
 * @param reason why there is no check, null if there is
 */
public record HeldOut(
    double cutoffFlops,
    String chosenBy,
    int fitted,
    ParametricLaw law,
    List<Prediction> predictions,
    double meanRelativeError,
    double meanSignedRelativeError,
    int covered,
    BestLoss best,
    String reason) {

  /**
   * One run above the cutoff.
   *
   * @param interval 95% for the measured loss ({@link LossPredictor}); null without bootstrap
   */
  public record Prediction(
      String run,
      double parameters,
      double tokens,
      double flops,
      double measured,
      double predicted,
      Interval interval) {
    /** (predicted − measured) / measured. */
    public double relativeError() {
      return predicted / measured - 1;
    }
  }

  /**
   * The best run of the largest budget, as L(C) = a·C^−b + c through the best run of each budget
   * below the cutoff expects it. It needs no law of sizes, only that each budget's best size was
   * tried.
   *
   * @param budgets below the cutoff
   */
  public record BestLoss(String run, double flops, int budgets, double measured, double predicted) {
    /** (predicted − measured) / measured. */
    public double relativeError() {
      return predicted / measured - 1;
    }

    /** Null if too few budgets lie below for a law of three parameters. */
    static BestLoss of(List<ScalingPoint> below, List<ScalingPoint> above) {
      List<ScalingPoint> bests = bests(below);
      if (bests.size() < FEWEST_BUDGETS) {
        return null;
      }
      List<ScalingPoint> aboveBests = bests(above);
      ScalingPoint best = aboveBests.get(aboveBests.size() - 1);
      double predicted = PowerFit.law(bests).loss(best.flops());
      return new BestLoss(best.run(), best.flops(), bests.size(), best.loss(), predicted);
    }

    private static List<ScalingPoint> bests(List<ScalingPoint> points) {
      return Budget.group(points).stream()
          .map(b -> Collections.min(b.points(), Comparator.comparingDouble(ScalingPoint::loss)))
          .toList();
    }
  }

  private static final int FEWEST_BUDGETS = 3;
  private static final int FEWEST_PREDICTIONS = 3;

  static HeldOut of(List<ScalingPoint> points, FitSettings settings) {
    if (!Double.isNaN(settings.holdoutAbove())) {
      return check(points, settings.holdoutAbove(), "user", settings);
    }
    List<Budget> budgets = Budget.group(points);
    if (budgets.size() < FEWEST_BUDGETS) {
      return none(
          Double.NaN,
          String.format(
              Locale.ROOT,
              "found %d budget%s; holding out the largest needs %d",
              budgets.size(),
              budgets.size() == 1 ? "" : "s",
              FEWEST_BUDGETS));
    }
    return check(points, cutoffBelowLargest(budgets, points.size()), "largest budgets", settings);
  }

  /** Between budgets, so that at least three runs and a tenth of all lie above. */
  private static double cutoffBelowLargest(List<Budget> budgets, int points) {
    int wanted = Math.max(FEWEST_PREDICTIONS, points / 10);
    int first = budgets.size() - 1;
    int above = budgets.get(first).points().size();
    while (above < wanted && first > 2) {
      first--;
      above += budgets.get(first).points().size();
    }
    return Math.sqrt(budgets.get(first).flops() * budgets.get(first - 1).flops());
  }

  private static HeldOut none(double cutoff, String reason) {
    return new HeldOut(
        cutoff, "none", 0, null, List.of(), Double.NaN, Double.NaN, -1, null, reason);
  }

  private static HeldOut check(
      List<ScalingPoint> points, double cutoff, String chosenBy, FitSettings settings) {
    List<ScalingPoint> below = points.stream().filter(p -> p.flops() <= cutoff).toList();
    List<ScalingPoint> above = points.stream().filter(p -> p.flops() > cutoff).toList();
    if (below.size() <= ParametricFit.PARAMETERS || above.isEmpty()) {
      return none(
          cutoff,
          String.format(
              Locale.ROOT,
              "%d runs lie below %s FLOPs and %d above; expected at least %d and 1",
              below.size(),
              Numbers.power(cutoff),
              above.size(),
              ParametricFit.PARAMETERS + 1));
    }
    try {
      List<Prediction> predictions = new ArrayList<>();
      ParametricLaw law = predict(below, above, settings, predictions);
      BestLoss best = BestLoss.of(below, above);
      return of(cutoff, chosenBy, below.size(), law, predictions, best);
    } catch (UnfittableException e) {
      return none(cutoff, e.getMessage());
    }
  }

  /** Adds a prediction for each run above, and returns the law of those below that made them. */
  private static ParametricLaw predict(
      List<ScalingPoint> below,
      List<ScalingPoint> above,
      FitSettings settings,
      List<Prediction> predictions) {
    ParametricFit fit = ParametricFit.of(below);
    Bootstrap bootstrap = Bootstrap.of(below, fit.law(), settings.bootstrap(), settings.seed());
    LossPredictor predictor =
        LossPredictor.of(fit.law(), bootstrap, below)
            .taught(RollingCutoffs.of(below, settings.seed()));
    above.forEach(p -> predictions.add(predict(p, predictor)));
    return fit.law();
  }

  private static HeldOut of(
      double cutoff,
      String chosenBy,
      int fitted,
      ParametricLaw law,
      List<Prediction> predictions,
      BestLoss best) {
    double[] errors = predictions.stream().mapToDouble(Prediction::relativeError).toArray();
    return new HeldOut(
        cutoff,
        chosenBy,
        fitted,
        law,
        predictions,
        mean(Arrays.stream(errors).map(Math::abs).toArray()),
        mean(errors),
        covered(predictions),
        best,
        null);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static Prediction predict(ScalingPoint p, LossPredictor predictor) {
    return new Prediction(
        p.run(),
        p.parameters(),
        p.tokens(),
        p.flops(),
        p.loss(),
        predictor.law().loss(p.parameters(), p.tokens()),
        predictor.interval(p.parameters(), p.tokens(), p.flops()));
  }

  private static int covered(List<Prediction> predictions) {
    if (predictions.stream().anyMatch(p -> p.interval() == null)) {
      return -1;
    }
    return (int) predictions.stream().filter(p -> p.interval().contains(p.measured())).count();
  }
}
