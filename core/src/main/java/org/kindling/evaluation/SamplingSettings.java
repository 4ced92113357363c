package org.kindling.evaluation;

/**
 * How the next token is drawn.
 *
 * @param temperature divides the logits; 0 always takes the likeliest token
 * @param topK draw among this many likeliest tokens; 0 for all
 * @param topP draw among the fewest likeliest tokens whose probabilities reach this sum; 1 for all
 * @param seed of the draws
 */
public record SamplingSettings(double temperature, int topK, double topP, long seed) {
  public SamplingSettings {
    if (!(temperature >= 0)) {
      throw new IllegalArgumentException(
          "--temperature: expected at least 0, found " + temperature);
    }
    if (topK < 0) {
      throw new IllegalArgumentException("--top-k: expected at least 0, found " + topK);
    }
    if (!(topP > 0) || topP > 1) {
      throw new IllegalArgumentException("--top-p: expected above 0 and at most 1, found " + topP);
    }
  }
}
