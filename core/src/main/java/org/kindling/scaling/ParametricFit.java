package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/**
 * Approach 3: the law of all points at once.
 *
 * @param parametersExponent a of N_opt ∝ C^a, NaN if the law has no optimum
 * @param tokensExponent b of D_opt ∝ C^b
 * @param objective sum of Huber losses of the log residuals
 * @param residual root mean square of ln measured − ln predicted
 * @param points fitted
 * @param starts of the search
 * @param startsAtOptimum of them that reached the same lowest value
 * @param basins the optima at which starts ended, from the lowest, eight at most
 * @param ci95 intervals by name: E, A, B, alpha, beta, a, b; empty without bootstrap
 */
public record ParametricFit(
    @JsonProperty("E") double irreducible,
    @JsonProperty("A") double parametersScale,
    @JsonProperty("B") double tokensScale,
    double alpha,
    double beta,
    @JsonProperty("a") double parametersExponent,
    @JsonProperty("b") double tokensExponent,
    double objective,
    double residual,
    int points,
    int starts,
    int startsAtOptimum,
    List<Basin> basins,
    Map<String, Interval> ci95) {
  /** E, A, B, α, β. */
  static final int PARAMETERS = 5;

  /** Where E has vanished, its logarithm is kept finite. */
  private static final double SMALLEST_LOG = -50;

  /** Nats that no evaluation can tell from zero: E is on its way there. */
  private static final double NO_LOSS = 1e-9;

  @JsonIgnore
  public ParametricLaw law() {
    return new ParametricLaw(irreducible, parametersScale, tokensScale, alpha, beta);
  }

  /**
   * Fits without intervals.
   *
   * @throws UnfittableException if there are fewer points than parameters
   */
  static ParametricFit of(List<ScalingPoint> points) {
    requireEnough(points);
    PowerSumObjective objective = objective(points);
    StartGrid.Result found = StartGrid.search(objective, StartGrid.parametric());
    ParametricLaw law = law(objective.uncentred(found.best()));
    return new ParametricFit(
        law.irreducible(),
        law.parametersScale(),
        law.tokensScale(),
        law.alpha(),
        law.beta(),
        law.parametersExponent(),
        law.tokensExponent(),
        found.value() * PowerSumObjective.DELTA,
        residual(law, points),
        points.size(),
        found.starts(),
        found.startsAtOptimum(),
        found.basins(),
        Map.of());
  }

  /** The law alone, from a few starts in the middle of the points. */
  static ParametricLaw quickly(List<ScalingPoint> points) {
    PowerSumObjective objective = objective(points);
    List<double[]> starts =
        LawStarts.hoffmann(points).stream()
            .map(s -> objective.centred(Arrays.copyOf(s, PARAMETERS)))
            .toList();
    return law(objective.uncentred(StartGrid.refit(objective, starts)));
  }

  /** Whether a law can be told from these points at all. */
  static boolean isEnough(List<ScalingPoint> points) {
    try {
      requireEnough(points);
      return true;
    } catch (UnfittableException e) {
      return false;
    }
  }

  private static void requireEnough(List<ScalingPoint> points) {
    long different =
        points.stream().map(p -> List.of(p.parameters(), p.tokens())).distinct().count();
    if (different < PARAMETERS) {
      throw new UnfittableException(
          "fit: found "
              + different
              + " different pairs of parameters and tokens, expected at least "
              + PARAMETERS
              + " for E, A, B, alpha, beta; train more runs");
    }
    requireDifferent(points.stream().mapToDouble(ScalingPoint::parameters), "parameters");
    requireDifferent(points.stream().mapToDouble(ScalingPoint::tokens), "tokens");
  }

  /** From one value alone, a constant and a power of it cannot be told apart. */
  private static void requireDifferent(DoubleStream values, String what) {
    double[] different = values.distinct().limit(2).toArray();
    if (different.length < 2) {
      throw new UnfittableException(
          "fit: found the same number of "
              + what
              + " in all runs, expected at least two; train runs that differ in "
              + what);
    }
  }

  ParametricFit with(Map<String, Interval> intervals) {
    return new ParametricFit(
        irreducible,
        parametersScale,
        tokensScale,
        alpha,
        beta,
        parametersExponent,
        tokensExponent,
        objective,
        residual,
        points,
        starts,
        startsAtOptimum,
        basins,
        intervals);
  }

  static PowerSumObjective objective(List<ScalingPoint> points) {
    double[][] variables = {
      points.stream().mapToDouble(ScalingPoint::parameters).toArray(),
      points.stream().mapToDouble(ScalingPoint::tokens).toArray()
    };
    return PowerSumObjective.of(
        variables, points.stream().mapToDouble(ScalingPoint::loss).toArray());
  }

  static ParametricLaw law(double[] p) {
    double irreducible = Math.exp(p[0]);
    return new ParametricLaw(
        irreducible < NO_LOSS ? 0 : irreducible, Math.exp(p[1]), Math.exp(p[3]), p[2], p[4]);
  }

  static double[] logarithms(ParametricLaw law) {
    return new double[] {
      Math.max(SMALLEST_LOG, Math.log(law.irreducible())),
      Math.log(law.parametersScale()),
      law.alpha(),
      Math.log(law.tokensScale()),
      law.beta()
    };
  }

  static double residual(ParametricLaw law, List<ScalingPoint> points) {
    return Math.sqrt(
        points.stream()
            .mapToDouble(p -> Math.log(p.loss() / law.loss(p.parameters(), p.tokens())))
            .map(r -> r * r)
            .average()
            .orElseThrow());
  }
}
