package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

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
 * @param resampled laws of runs drawn with replacement, 200 at most
 * @param reason why there is no law, null if there is
 */
public record PowerFit(
    @JsonProperty("a") double scale,
    @JsonProperty("b") double exponent,
    @JsonProperty("c") double irreducible,
    String source,
    int points,
    double residual,
    List<PowerLaw> resampled,
    String reason) {
  private static final int FEWEST_COMPUTES = 3;

  /** a, b, c. */
  private static final int PARAMETERS = 3;

  static PowerFit of(
      List<ScalingPoint> points,
      ParametricFit parametric,
      double k,
      EnvelopeFit envelope,
      FitSettings settings) {
    ParametricLaw law = parametric.law();
    long computes = Budget.group(points).size();
    boolean trusted = law.hasOptimum() && !FitWarnings.isCollinear(points);
    if (trusted && computes >= FEWEST_COMPUTES) {
      List<ScalingPoint> moved = toFrontier(points, law, k);
      // A law with a wild exponent has an optimum that no number can hold.
      if (moved.stream().allMatch(p -> p.loss() > 0 && Double.isFinite(p.loss()))) {
        return of(moved, "frontier", settings);
      }
    }
    if (envelope.reason() == null) {
      return of(envelope.points(), "envelope", settings);
    }
    return new PowerFit(
        Double.NaN, Double.NaN, Double.NaN, "none", 0, Double.NaN, List.of(), envelope.reason());
  }

  private static List<ScalingPoint> toFrontier(
      List<ScalingPoint> points, ParametricLaw law, double k) {
    List<ScalingPoint> moved = new ArrayList<>();
    for (ScalingPoint p : points) {
      double best = law.optimalLoss(p.flops(), k) / law.loss(p.parameters(), p.tokens());
      moved.add(new ScalingPoint(p.run(), p.parameters(), p.tokens(), p.flops(), p.loss() * best));
    }
    return moved;
  }

  private static PowerFit of(List<ScalingPoint> points, String source, FitSettings settings) {
    PowerSumObjective objective = objective(points);
    double[] best = StartGrid.search(objective, StartGrid.power()).best();
    PowerLaw law = law(objective.uncentred(best));
    double squares = 0;
    for (ScalingPoint point : points) {
      squares += Math.pow(Math.log(point.loss() / law.loss(point.flops())), 2);
    }
    return new PowerFit(
        law.scale(),
        law.exponent(),
        law.irreducible(),
        source,
        points.size(),
        Math.sqrt(squares / points.size()),
        resampled(objective, points.size(), best, settings),
        null);
  }

  /** The law alone. */
  static PowerLaw law(List<ScalingPoint> points) {
    PowerSumObjective objective = objective(points);
    return law(objective.uncentred(StartGrid.search(objective, StartGrid.power()).best()));
  }

  private static PowerLaw law(double[] p) {
    return new PowerLaw(Math.exp(p[1]), p[2], Math.exp(p[0]));
  }

  private static PowerSumObjective objective(List<ScalingPoint> points) {
    double[] flops = points.stream().mapToDouble(ScalingPoint::flops).toArray();
    double[] losses = points.stream().mapToDouble(ScalingPoint::loss).toArray();
    return PowerSumObjective.of(new double[][] {flops}, losses);
  }

  private static List<PowerLaw> resampled(
      PowerSumObjective all, int points, double[] best, FitSettings settings) {
    List<PowerLaw> laws = new ArrayList<>();
    if (points >= Bootstrap.FEWEST_POINTS) {
      SplittableRandom random = new SplittableRandom(settings.seed());
      for (int r = 0; r < Math.min(settings.bootstrap(), Draws.KEPT); r++) {
        PowerSumObjective drawn = all.weighted(Draws.counts(points, PARAMETERS, random));
        laws.add(law(all.uncentred(StartGrid.refit(drawn, List.of(best)))));
      }
    }
    return laws;
  }

  public double loss(double flops) {
    return new PowerLaw(scale, exponent, irreducible).loss(flops);
  }

  /** 95% of the law's loss, by resampled runs; null without resamples. */
  Interval lossAt(double flops) {
    return Draws.interval(resampled, law -> law.loss(flops));
  }
}
