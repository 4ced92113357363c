package org.kindling.training;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What a line of {@code metrics.jsonl} says of one dataset.
 *
 * @param name last component of its path; the whole path where two are alike
 * @param samples sequences drawn from it since the start
 * @param epochs samples / samples of its train split
 * @param validationLoss nats per token on its validation split, absent where it was not measured
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SourceMetrics(String name, long samples, double epochs, Double validationLoss) {}
