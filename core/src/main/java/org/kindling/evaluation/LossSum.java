package org.kindling.evaluation;

import java.io.Serializable;

/**
 * A sum of losses that can be added up piece by piece.
 *
 * @param nats sum of −ln p over the predictions
 * @param tokens number of predictions
 */
public record LossSum(double nats, long tokens) implements Serializable {
  public static final LossSum NONE = new LossSum(0, 0);

  public LossSum plus(LossSum other) {
    return new LossSum(nats + other.nats, tokens + other.tokens);
  }

  /** Mean in nats per token. */
  public double mean() {
    return nats / tokens;
  }

  /**
   * @param bytes of UTF-8 text that the predicted tokens stand for
   */
  public double bitsPerByte(long bytes) {
    return nats / (bytes * Math.log(2));
  }
}
