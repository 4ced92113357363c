package org.kindling.scaling;

import com.fasterxml.jackson.annotation.JsonProperty;

/** L(C) = a·C^−b + c in nats per token. */
public record PowerLaw(
    @JsonProperty("a") double scale,
    @JsonProperty("b") double exponent,
    @JsonProperty("c") double irreducible) {
  public double loss(double flops) {
    return scale * Math.pow(flops, -exponent) + irreducible;
  }
}
