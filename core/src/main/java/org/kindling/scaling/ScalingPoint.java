package org.kindling.scaling;

/**
 * A trained model as a fit sees it.
 *
 * @param run its name
 * @param parameters N, counted as the fit's settings say
 * @param tokens D
 * @param flops C
 * @param loss L in nats per token
 */
public record ScalingPoint(
    String run, double parameters, double tokens, double flops, double loss) {}
