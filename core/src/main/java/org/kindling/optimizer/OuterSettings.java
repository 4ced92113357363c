package org.kindling.optimizer;

/**
 * The {@code outer} section of a run's settings: what is done with the average of the workers'
 * parameters at the end of a round.
 *
 * @param learningRate outer rate; 1 with momentum 0 is plain parameter averaging
 * @param momentum Nesterov momentum on the averaged change, at least 0 and below 1
 */
public record OuterSettings(double learningRate, double momentum) implements java.io.Serializable {
  /** Douillard et al. 2023 (DiLoCo, arXiv 2311.08105). */
  public static final OuterSettings DEFAULTS = new OuterSettings(0.7, 0.9);

  /** Where rounds overlap: late news wants a smaller step, as benchmarks/rounds/run found. */
  public static final OuterSettings OVERLAPPING = new OuterSettings(0.5, 0.8);

  public OuterSettings {
    if (!(learningRate > 0) || learningRate > 10) {
      throw new IllegalArgumentException(
          "outer.learningRate: expected above 0 and at most 10, found " + learningRate);
    }
    if (!(momentum >= 0) || momentum >= 1) {
      throw new IllegalArgumentException(
          "outer.momentum: expected at least 0 and below 1, found " + momentum);
    }
  }

  /** Whether a round simply takes the mean. */
  public boolean isPlainAveraging() {
    return learningRate == 1 && momentum == 0;
  }

  /** Whether a momentum vector has to be kept between rounds. */
  public boolean hasMomentum() {
    return momentum > 0;
  }
}
