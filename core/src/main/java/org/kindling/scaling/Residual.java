package org.kindling.scaling;

import java.util.List;

/**
 * How far a run lies from the parametric law.
 *
 * @param residual ln measured − ln predicted
 */
public record Residual(
    String run,
    double parameters,
    double tokens,
    double flops,
    double measured,
    double predicted,
    double residual) {
  static List<Residual> of(List<ScalingPoint> points, ParametricLaw law) {
    return points.stream().map(p -> of(p, law)).toList();
  }

  private static Residual of(ScalingPoint p, ParametricLaw law) {
    double predicted = law.loss(p.parameters(), p.tokens());
    return new Residual(
        p.run(),
        p.parameters(),
        p.tokens(),
        p.flops(),
        p.loss(),
        predicted,
        Math.log(p.loss() / predicted));
  }
}
