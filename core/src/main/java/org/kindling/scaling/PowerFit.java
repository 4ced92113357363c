package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;

/**
 * L(C) = a·C^−b + c, the loss of the best use of C, through what the points say of it.
 *
 * @param scale a
 * @param exponent b
 * @param irreducible c
 * @param source {@code frontier}: every run, its loss divided by what the parametric law says it
 *     loses by its size; {@code envelope}: runs that no cheaper run beats, where the law cannot say
 * @param points fitted
 * @param residual root mean square of ln measured − ln predicted
 * @param reason why there is no law, null if there is
 */
public record PowerFit(
    @JsonProperty("a") double scale,
    @JsonProperty("b") double exponent,
    @JsonProperty("c") double irreducible,
    String source,
    int points,
    double residual,
    String reason) {
  private static final int FEWEST_COMPUTES = 3;

  static PowerFit of(
      List<ScalingPoint> points, ParametricFit parametric, double k, EnvelopeFit envelope) {
    ParametricLaw law = parametric.law();
    long computes = Budget.group(points).size();
    boolean trusted = law.hasOptimum() && !FitWarnings.isCollinear(points);
    if (trusted && computes >= FEWEST_COMPUTES) {
      List<ScalingPoint> moved = new ArrayList<>();
      for (ScalingPoint p : points) {
        double best = law.optimalLoss(p.flops(), k) / law.loss(p.parameters(), p.tokens());
        moved.add(
            new ScalingPoint(p.run(), p.parameters(), p.tokens(), p.flops(), p.loss() * best));
      }
      return of(moved, "frontier");
    }
    if (envelope.reason() == null) {
      return of(envelope.points(), "envelope");
    }
    return new PowerFit(
        Double.NaN, Double.NaN, Double.NaN, "none", 0, Double.NaN, envelope.reason());
  }

  static PowerFit of(List<ScalingPoint> points, String source) {
    double[] flops = points.stream().mapToDouble(ScalingPoint::flops).toArray();
    double[] losses = points.stream().mapToDouble(ScalingPoint::loss).toArray();
    PowerSumObjective objective = PowerSumObjective.of(new double[][] {flops}, losses);
    double[] p = objective.uncentred(StartGrid.search(objective, StartGrid.power()).best());
    PowerFit fit =
        new PowerFit(Math.exp(p[1]), p[2], Math.exp(p[0]), source, points.size(), Double.NaN, null);
    double squares = 0;
    for (ScalingPoint point : points) {
      squares += Math.pow(Math.log(point.loss() / fit.loss(point.flops())), 2);
    }
    return new PowerFit(
        fit.scale,
        fit.exponent,
        fit.irreducible,
        source,
        points.size(),
        Math.sqrt(squares / points.size()),
        null);
  }

  public double loss(double flops) {
    return scale * Math.pow(flops, -exponent) + irreducible;
  }
}
