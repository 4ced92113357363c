package org.kindling.evaluation;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A sum of losses that can be added up piece by piece.
 *
 * @param nats sum of −ln p over the predictions
 * @param tokens number of predictions, those of weight 0 not counted
 */
public record LossSum(double nats, long tokens) implements Serializable {
  public static final LossSum NONE = new LossSum(0, 0);

  public LossSum plus(LossSum other) {
    return new LossSum(nats + other.nats, tokens + other.tokens);
  }

  /** One empty sum for each of several datasets. */
  public static List<LossSum> none(int datasets) {
    return Collections.nCopies(datasets, NONE);
  }

  /** Adds sums of several datasets, each to its own. */
  public static List<LossSum> plus(List<LossSum> a, List<LossSum> b) {
    List<LossSum> sums = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      sums.add(a.get(i).plus(b.get(i)));
    }
    return sums;
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
