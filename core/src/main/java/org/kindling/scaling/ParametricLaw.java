package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Hoffmann's law L(N, D) = E + A/N^α + B/D^β, in nats per token.
 *
 * <pre>{@code
 * ParametricLaw law = new ParametricLaw(1.69, 406.4, 410.7, 0.34, 0.28);
 * law.loss(70e9, 1.4e12);           // 1.94
 * law.optimalParameters(5.76e23, 6); // 3.2e10
 * }</pre>
 *
 * @param irreducible E, the loss of an infinite model on infinite data
 * @param parametersScale A
 * @param tokensScale B
 * @param alpha exponent of N
 * @param beta exponent of D
 */
public record ParametricLaw(
    @JsonProperty("E") double irreducible,
    @JsonProperty("A") double parametersScale,
    @JsonProperty("B") double tokensScale,
    double alpha,
    double beta) {

  public double loss(double parameters, double tokens) {
    return irreducible
        + parametersScale * Math.pow(parameters, -alpha)
        + tokensScale * Math.pow(tokens, -beta);
  }

  /** Whether the loss falls with both N and D, without which no optimum exists. */
  public boolean hasOptimum() {
    return alpha > 0 && beta > 0 && isNumber(parametersScale) && isNumber(tokensScale);
  }

  /** A scale beside a huge exponent can be larger than any double. */
  private static boolean isNumber(double scale) {
    return scale > 0 && scale < Double.POSITIVE_INFINITY;
  }

  /** a of N_opt ∝ C^a: β/(α+β). */
  public double parametersExponent() {
    return hasOptimum() ? beta / (alpha + beta) : Double.NaN;
  }

  /** b of D_opt ∝ C^b: α/(α+β). */
  public double tokensExponent() {
    return hasOptimum() ? alpha / (alpha + beta) : Double.NaN;
  }

  /**
   * N that minimises the loss for a given C = k·N·D; NaN without {@link #hasOptimum}.
   *
   * @param flopsPerParameterToken k, usually 6
   * @see <a href="https://arxiv.org/abs/2203.15556">Hoffmann et al. 2022, equation 4</a>
   */
  public double optimalParameters(double flops, double flopsPerParameterToken) {
    double g = Math.pow(alpha * parametersScale / (beta * tokensScale), 1 / (alpha + beta));
    return g * Math.pow(flops / flopsPerParameterToken, parametersExponent());
  }

  /** D that minimises the loss for a given C = k·N·D. */
  public double optimalTokens(double flops, double flopsPerParameterToken) {
    return flops / flopsPerParameterToken / optimalParameters(flops, flopsPerParameterToken);
  }

  /** The least loss that C FLOPs can buy. */
  public double optimalLoss(double flops, double flopsPerParameterToken) {
    return loss(
        optimalParameters(flops, flopsPerParameterToken),
        optimalTokens(flops, flopsPerParameterToken));
  }
}
