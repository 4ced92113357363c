package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Kaplan's laws, which have no irreducible loss: L(N) = (Nc/N)^alphaN through the runs that no
 * smaller model beats, L(D) = (Dc/D)^alphaD through those that no run on fewer tokens beats, and
 * L(N, D) of all runs.
 *
 * @param ofParameters L(N)
 * @param ofTokens L(D)
 * @param ofBoth L(N, D), by least absolute deviations
 * @see <a href="https://arxiv.org/abs/2001.08361">Kaplan et al. 2020, equations 1.1, 1.2, 1.5</a>
 */
public record KaplanFit(Single ofParameters, Single ofTokens, Both ofBoth) {
  /**
   * A law of one variable.
   *
   * @param scale Nc or Dc; NaN below two runs
   * @param exponent alphaN or alphaD
   * @param residual root mean square of ln measured − ln predicted
   * @param points on the envelope
   */
  public record Single(double scale, double exponent, double residual, int points) {}

  /** L(N, D) = [(Nc/N)^(alphaN/alphaD) + Dc/D]^alphaD. */
  public record Both(
      @JsonProperty("Nc") double parametersScale,
      @JsonProperty("Dc") double tokensScale,
      double alphaN,
      double alphaD,
      double residual) {}

  static KaplanFit of(List<ScalingPoint> points, List<FormFit> forms) {
    return new KaplanFit(
        single(points, ScalingPoint::parameters),
        single(points, ScalingPoint::tokens),
        both(points, forms));
  }

  private static Single single(List<ScalingPoint> points, ToDoubleFunction<ScalingPoint> of) {
    List<ScalingPoint> envelope = new ArrayList<>();
    List<ScalingPoint> sorted = new ArrayList<>(points);
    sorted.sort(Comparator.comparingDouble(of).thenComparingDouble(ScalingPoint::loss));
    double lowest = Double.POSITIVE_INFINITY;
    for (ScalingPoint p : sorted) {
      if (p.loss() < lowest) {
        lowest = p.loss();
        envelope.add(p);
      }
    }
    if (envelope.size() < 2) {
      return new Single(Double.NaN, Double.NaN, Double.NaN, envelope.size());
    }
    LogLine line =
        LogLine.through(
            envelope.stream().mapToDouble(of).toArray(),
            envelope.stream().mapToDouble(ScalingPoint::loss).toArray());
    double exponent = -line.exponent();
    return new Single(
        Math.pow(line.coefficient(), 1 / exponent), exponent, line.residual(), envelope.size());
  }

  /** Null if the points were too few. */
  private static Both both(List<ScalingPoint> points, List<FormFit> forms) {
    for (FormFit fit : forms) {
      if (fit.form() == LawForm.KAPLAN) {
        double nc = fit.values().get("Nc");
        double dc = fit.values().get("Dc");
        double alphaN = fit.values().get("alphaN");
        double alphaD = fit.values().get("alphaD");
        double squares = 0;
        for (ScalingPoint p : points) {
          double inner = Math.pow(nc / p.parameters(), alphaN / alphaD) + dc / p.tokens();
          squares += Math.pow(Math.log(p.loss()) - alphaD * Math.log(inner), 2);
        }
        return new Both(nc, dc, alphaN, alphaD, Math.sqrt(squares / points.size()));
      }
    }
    return null;
  }
}
