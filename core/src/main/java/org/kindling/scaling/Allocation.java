package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * The best use of a budget by the fitted law.
 *
 * @param parametersCi95 of N, null without bootstrap
 * @param lossCi95 of the law's loss, null without bootstrap
 * @param lossInterval for the loss that a run will show, null without bootstrap
 * @param extrapolated whether the budget is beyond all fitted runs
 * @param beyond how many times the largest run's FLOPs
 * @param note a sentence where the budget is more than ten times the largest run, else null
 */
public record Allocation(
    double flops,
    double parameters,
    double tokens,
    double loss,
    Interval parametersCi95,
    Interval lossCi95,
    Interval lossInterval,
    boolean extrapolated,
    double beyond,
    String note) {
  /** Beyond this many times the largest compute a prediction says how far and how wide. */
  public static final double FAR = 10;

  private static final double ROUNDING = 1 + 1e-9;

  static Allocation of(double flops, double k, LossPredictor predictor) {
    ParametricLaw law = predictor.law();
    double parameters = law.optimalParameters(flops, k);
    double tokens = law.optimalTokens(flops, k);
    double loss = law.loss(parameters, tokens);
    Interval interval = predictor.interval(parameters, tokens, flops);
    double beyond = flops / predictor.largestFlops();
    return new Allocation(
        flops,
        parameters,
        tokens,
        loss,
        predictor.ofLaw(l -> l.optimalParameters(flops, k)),
        predictor.ofLaw(l -> l.optimalLoss(flops, k)),
        interval,
        beyond > 1,
        beyond,
        beyond > FAR * ROUNDING ? note(flops, beyond, loss, interval) : null);
  }

  private static String note(double flops, double beyond, double loss, Interval interval) {
    String how =
        interval == null
            ? "it has no interval; fit with --bootstrap 1000"
            : String.format(
                Locale.ROOT,
                "its 95%% interval is %.3f to %.3f nats, ±%.1f%%",
                interval.lower(),
                interval.upper(),
                50 * (interval.upper() - interval.lower()) / loss);
    return String.format(
        Locale.ROOT,
        "%s FLOPs are %s times the largest run fitted: the loss of %.3f is an extrapolation, and"
            + " %s.",
        Numbers.power(flops),
        Numbers.significant(beyond, 3),
        loss,
        how);
  }

  @JsonProperty
  public double tokensPerParameter() {
    return tokens / parameters;
  }
}
