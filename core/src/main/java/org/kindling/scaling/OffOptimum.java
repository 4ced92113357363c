package org.kindling.scaling;

/**
 * The price of a model that is not of the best size for its budget, by the parametric law.
 *
 * @param factor its N over the best N
 * @param parameters N
 * @param tokens D that the budget leaves
 * @param loss of that
 * @param lossPenalty over the best loss, in nats
 * @param wastedCompute how many times the compute that the best size would have needed for that
 *     loss
 * @param tokensForEqualLoss D at which this size reaches the best size's loss; infinite (null in
 *     JSON) where it never does
 * @param computeForEqualLoss FLOPs of that over the budget
 * @param breakEvenTokens generated or read tokens after which a smaller model has saved at 2·N a
 *     token what its longer training cost; NaN for sizes at or above the best
 */
public record OffOptimum(
    double factor,
    double parameters,
    double tokens,
    double loss,
    double lossPenalty,
    double wastedCompute,
    double tokensForEqualLoss,
    double computeForEqualLoss,
    double breakEvenTokens) {
  private static final double PER_TOKEN_OF_INFERENCE = 2;

  static OffOptimum of(ParametricLaw law, double flops, double k, double factor) {
    double best = law.optimalParameters(flops, k);
    double least = law.optimalLoss(flops, k);
    double parameters = factor * best;
    double tokens = flops / k / parameters;
    double loss = law.loss(parameters, tokens);
    double needed = tokensFor(law, parameters, least);
    double training = k * parameters * needed;
    double saved = PER_TOKEN_OF_INFERENCE * (best - parameters);
    return new OffOptimum(
        factor,
        parameters,
        tokens,
        loss,
        loss - least,
        flops / flopsFor(law, k, loss),
        needed,
        training / flops,
        saved > 0 && Double.isFinite(training)
            ? Math.max(0, training - flops) / saved
            : Double.NaN);
  }

  /** D at which N parameters reach a loss. */
  private static double tokensFor(ParametricLaw law, double parameters, double loss) {
    double left =
        loss - law.irreducible() - law.parametersScale() * Math.pow(parameters, -law.alpha());
    return left > 0 ? Math.pow(law.tokensScale() / left, 1 / law.beta()) : Double.POSITIVE_INFINITY;
  }

  /** C at which the best size has a loss: the frontier is a power law. */
  private static double flopsFor(ParametricLaw law, double k, double loss) {
    double exponent = law.alpha() * law.beta() / (law.alpha() + law.beta());
    double atOne = law.optimalLoss(1, k) - law.irreducible();
    return Math.pow(atOne / (loss - law.irreducible()), 1 / exponent);
  }
}
