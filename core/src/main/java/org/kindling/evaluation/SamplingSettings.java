package org.kindling.evaluation;

/**
 * How the next token is drawn. The settings act in the order of the parameters below, but for the
 * penalty, which comes first; {@code docs/sampling.md} has the formulas.
 *
 * @param temperature divides the logits; 0 always takes the likeliest token
 * @param topK draw among this many likeliest tokens; 0 for all
 * @param topP draw among the fewest likeliest tokens whose probabilities reach this sum; 1 for all
 * @param minP draw among tokens that are at least this share of the likeliest one's probability; 0
 *     for all
 * @param repetitionPenalty divides the positive logits of tokens that the text holds already, and
 *     multiplies their negative ones; 1 changes nothing
 * @param seed of the draws
 */
public record SamplingSettings(
    double temperature, int topK, double topP, double minP, double repetitionPenalty, long seed) {
  public SamplingSettings {
    if (!(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException(
          "--temperature: expected at least 0, found " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("--top-k: expected at least 0, found " + topK);
    }
    if (!(topP > 0) || topP > 1) {
      throw new IllegalArgumentException("--top-p: expected above 0 and at most 1, found " + topP);
    }
    if (!(minP >= 0) || minP > 1) {
      throw new IllegalArgumentException(
          "--min-p: expected at least 0 and at most 1, found " + minP);
    }
    if (!(repetitionPenalty > 0) || Double.isInfinite(repetitionPenalty)) {
      throw new IllegalArgumentException(
          "--repetition-penalty: expected above 0, found " + repetitionPenalty);
    }
  }

  /** Draws with the model's own probabilities. */
  public static SamplingSettings plain(long seed) {
    return new SamplingSettings(1, 0, 1, 0, 1, seed);
  }

  /** Always takes the likeliest token. */
  public static SamplingSettings greedy() {
    return new SamplingSettings(0, 0, 1, 0, 1, 0);
  }

  public SamplingSettings withTemperature(double other) {
    return new SamplingSettings(other, topK, topP, minP, repetitionPenalty, seed);
  }

  public SamplingSettings withTopK(int other) {
    return new SamplingSettings(temperature, other, topP, minP, repetitionPenalty, seed);
  }

  public SamplingSettings withTopP(double other) {
    return new SamplingSettings(temperature, topK, other, minP, repetitionPenalty, seed);
  }

  public SamplingSettings withMinP(double other) {
    return new SamplingSettings(temperature, topK, topP, other, repetitionPenalty, seed);
  }

  public SamplingSettings withRepetitionPenalty(double other) {
    return new SamplingSettings(temperature, topK, topP, minP, other, seed);
  }
}
