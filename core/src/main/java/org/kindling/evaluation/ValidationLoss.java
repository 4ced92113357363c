package org.kindling.evaluation;

import java.io.Serializable;
import java.util.List;

/**
 * Validation loss of a model over a whole split, and how far it may be from the loss over text like
 * it.
 *
 * <p>Neighbouring tokens are anything but independent, so blocks of them are the unit: with losses
 * ℓ_b and predictions n_b of B blocks, mean L = Σ ℓ_b / Σ n_b and
 *
 * <pre>standard error² = B / (B − 1) · Σ (ℓ_b − L · n_b)² / (Σ n_b)²</pre>
 *
 * <p>the variance of a ratio of sums over clusters.
 *
 * @param nats sum of −ln p over all predictions
 * @param tokens number of predictions
 * @param blocks that they were counted in
 * @param standardError of the mean in nats per token; NaN for fewer than two blocks
 * @see <a href="https://doi.org/10.1002/9781118162934">Cochran, Sampling Techniques, 3rd edition,
 *     section 9A.1</a>
 */
public record ValidationLoss(double nats, long tokens, int blocks, double standardError)
    implements Serializable {
  /**
   * @param blocks in their order in the split, which is the order of addition
   */
  public static ValidationLoss of(List<LossSum> blocks) {
    LossSum sum = LossSum.NONE;
    for (LossSum block : blocks) {
      sum = sum.plus(block);
    }
    double squares = 0;
    for (LossSum block : blocks) {
      double difference = block.nats() - sum.mean() * block.tokens();
      squares += difference * difference;
    }
    double count = blocks.size();
    double error =
        blocks.size() < 2 ? Double.NaN : Math.sqrt(count / (count - 1) * squares) / sum.tokens();
    return new ValidationLoss(sum.nats(), sum.tokens(), blocks.size(), error);
  }

  /** Mean in nats per token. */
  public double mean() {
    return nats / tokens;
  }

  /**
   * @param bytes of UTF-8 text that the predicted tokens stand for
   */
  public double bitsPerByte(long bytes) {
    return new LossSum(nats, tokens).bitsPerByte(bytes);
  }
}
