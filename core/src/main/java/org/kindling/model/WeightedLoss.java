package org.kindling.model;

/**
 * A weighted sum of losses and the sum of its weights: what can be added up over batches and
 * workers before anyone divides.
 *
 * @param sum of weight · cross-entropy, in nats
 * @param weight sum of the weights; without weights the number of predictions
 */
public record WeightedLoss(double sum, double weight) {
  /** Mean cross-entropy in nats per unit of weight; NaN if all weights are 0. */
  public double mean() {
    return sum / weight;
  }
}
