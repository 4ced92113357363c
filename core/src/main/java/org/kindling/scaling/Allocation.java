package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * The best use of a budget by the fitted law.
 *
 * @param parametersCi95 of N, null without bootstrap
 * @param lossCi95 null without bootstrap
 * @param extrapolated whether the budget is beyond all fitted runs
 */
public record Allocation(
    double flops,
    double parameters,
    double tokens,
    double loss,
    Interval parametersCi95,
    Interval lossCi95,
    boolean extrapolated) {
  @JsonProperty
  public double tokensPerParameter() {
    return tokens / parameters;
  }
}
