package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * L(N, D) = E + (A/N^α + B/D^β)^γ in nats per token; γ = 1 is Hoffmann's law, E = 0 Kaplan's.
 *
 * @param outer γ
 */
public record GeneralLaw(
    @JsonProperty("E") double irreducible,
    @JsonProperty("A") double parametersScale,
    @JsonProperty("B") double tokensScale,
    double alpha,
    double beta,
    @JsonProperty("gamma") double outer) {
  private static final double[] OUTER = {1, 0.6, 0.4, 1.5};

  public double loss(double parameters, double tokens) {
    double terms =
        parametersScale * Math.pow(parameters, -alpha) + tokensScale * Math.pow(tokens, -beta);
    return irreducible + Math.pow(terms, outer);
  }

  /** The law of least Huber loss reached from a Hoffmann law with several outer exponents. */
  static GeneralLaw near(ParametricLaw law, List<ScalingPoint> points) {
    FormObjective objective =
        new FormObjective(LawForm.GENERALISED, points, PowerSumObjective.DELTA);
    double[] p = ParametricFit.logarithms(law);
    List<double[]> starts =
        java.util.Arrays.stream(OUTER)
            .mapToObj(
                g ->
                    objective.centred(
                        new double[] {p[0], p[1] / g, p[2] / g, p[3] / g, p[4] / g, Math.log(g)}))
            .toList();
    double[] best = objective.uncentred(StartGrid.refit(objective, starts));
    return new GeneralLaw(
        Math.exp(best[0]),
        Math.exp(best[1]),
        Math.exp(best[3]),
        best[2],
        best[4],
        Math.exp(best[5]));
  }
}
