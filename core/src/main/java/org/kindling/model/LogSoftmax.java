package org.kindling.model;

/** Cross-entropy of logits in double precision. */
public final class LogSoftmax {
  private LogSoftmax() {}

  /**
   * −ln softmax(logits)[target].
   *
   * @param logits [count] from position {@code from}
   */
  public static double nats(double[] logits, int from, int count, int target) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      most = Math.max(most, logits[from + i]);
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += Math.exp(logits[from + i] - most);
    }
    return most + Math.log(sum) - logits[from + target];
  }
}
