package org.kindling.scaling;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The parametric law with all that makes its predictions uncertain.
 *
 * <p>A 95% interval adds in quadrature, in ln L: the spread of resampled laws, the noise of a run,
 * the disagreement with a rival form, and what rolling cutoffs have shown errors to grow by with
 * distance; beyond the runs fitted it is at least as wide as errors were found to be there.
 *
 * @param law fitted
 * @param laws of resamples, 200 at most; empty without bootstrap
 * @param studentQuantile by which noise is multiplied for 95%
 * @param noise standard deviation of ln L around the law
 * @param growth of the half width of ln L per e-fold of compute beyond {@code largestFlops}
 * @param floor least half width of ln L beyond {@code largestFlops}
 * @param rival the generalised form; null where the points are too few for it
 * @param largestFlops of the runs fitted
 * @param lessons predictions of rolling cutoffs from which growth and floor were learned
 */
public record LossPredictor(
    ParametricLaw law,
    List<ParametricLaw> laws,
    double studentQuantile,
    double noise,
    double growth,
    double floor,
    GeneralLaw rival,
    double largestFlops,
    int lessons) {
  /** One more than the rival has parameters. */
  private static final int FEWEST_FOR_RIVAL = 8;

  /** Without what rolling cutoffs teach. */
  static LossPredictor of(ParametricLaw law, Bootstrap bootstrap, List<ScalingPoint> points) {
    int freedom = Math.max(1, points.size() - ParametricFit.PARAMETERS);
    double spread =
        ParametricFit.residual(law, points) * Math.sqrt((double) points.size() / freedom);
    double largest = points.stream().mapToDouble(ScalingPoint::flops).max().orElseThrow();
    GeneralLaw rival = points.size() < FEWEST_FOR_RIVAL ? null : GeneralLaw.near(law, points);
    return new LossPredictor(
        law, bootstrap.thinned(), bootstrap.studentQuantile(), spread, 0, 0, rival, largest, 0);
  }

  /** With what errors above cheaper cutoffs have been. */
  LossPredictor taught(RollingCutoffs rolling) {
    return new LossPredictor(
        law,
        laws,
        studentQuantile,
        noise,
        rolling.growth(largestFlops),
        rolling.floor(largestFlops),
        rival,
        largestFlops,
        rolling.lessons(largestFlops));
  }

  /** The middle 95% of a quantity of the resampled laws; null without resamples. */
  public Interval ofLaw(ToDoubleFunction<ParametricLaw> quantity) {
    return Bootstrap.interval(laws, quantity);
  }

  /** 95% interval for the measured loss of a run; null without resamples. */
  public Interval interval(double parameters, double tokens, double flops) {
    Interval ofLaw = ofLaw(l -> l.loss(parameters, tokens));
    if (ofLaw == null) {
      return null;
    }
    double predicted = law.loss(parameters, tokens);
    double disagreement = rival == null ? 0 : Math.log(rival.loss(parameters, tokens) / predicted);
    return widened(predicted, ofLaw, Double.isFinite(disagreement) ? disagreement : 0, flops);
  }

  private Interval widened(double predicted, Interval ofLaw, double disagreement, double flops) {
    double distance = Math.max(0, Math.log(flops / largestFlops));
    double rest = Math.hypot(Math.hypot(studentQuantile * noise, growth * distance), disagreement);
    double least = distance > 0 ? floor : 0;
    double down = Math.max(least, Math.hypot(Math.log(predicted / ofLaw.lower()), rest));
    double up = Math.max(least, Math.hypot(Math.log(ofLaw.upper() / predicted), rest));
    return new Interval(predicted * Math.exp(-down), predicted * Math.exp(up));
  }
}
