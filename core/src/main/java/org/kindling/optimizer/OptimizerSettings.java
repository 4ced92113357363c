package org.kindling.optimizer;

/**
 * The {@code optimizer} section of a run's settings.
 *
 * @param kind {@code adamw}, or {@code muon} with AdamW for all but layers' weights
 * @param learningRate the peak, reached after warm-up
 * @param minimumLearningRate what the schedule decays to; unused by {@code constant}
 * @param schedule {@code cosine}, {@code wsd} or {@code wsd-sqrt} (warm-up, stable, decay) or
 *     {@code constant}
 * @param warmupSteps steps of linear warm-up; 0 for none
 * @param decayFraction {@code wsd} and {@code wsd-sqrt} only: the last fraction of the steps, in
 *     which the rate falls
 * @param beta1 decay of the first moment
 * @param beta2 decay of the second moment
 * @param epsilon added to the root of the second moment
 * @param weightDecay decoupled, on matrices only
 * @param clipNorm largest global norm of the gradient; 0 for no clipping
 * @param muonMomentum {@code muon} only: decay of the momentum of layers' weights
 * @param rateFactors on the learning rate, by what a tensor is
 */
public record OptimizerSettings(
    String kind,
    double learningRate,
    double minimumLearningRate,
    String schedule,
    int warmupSteps,
    double decayFraction,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double clipNorm,
    double muonMomentum,
    RateFactors rateFactors)
    implements java.io.Serializable {
  /** Jordan et al. 2024. */
  private static final double DEFAULT_MUON_MOMENTUM = 0.95;

  public static final OptimizerSettings DEFAULTS =
      new OptimizerSettings(1e-3, 1e-4, "cosine", 100, 0.2, 0.9, 0.99, 1e-8, 0.1, 1.0);

  public OptimizerSettings {
    OptimizerKind.named(kind);
    check("learningRate", learningRate, learningRate > 0, "a number above 0");
    check(
        "minimumLearningRate",
        minimumLearningRate,
        minimumLearningRate >= 0 && minimumLearningRate <= learningRate,
        "0 to optimizer.learningRate (" + learningRate + ")");
    rateFactors = rateFactors == null ? RateFactors.ONES : rateFactors;
    LearningRateSchedule.Kind.named(schedule);
    check("warmupSteps", warmupSteps, warmupSteps >= 0, "0 or more steps");
    check("decayFraction", decayFraction, decayFraction >= 0 && decayFraction <= 1, "0 to 1");
    check("beta1", beta1, beta1 >= 0 && beta1 < 1, "0 or more and below 1");
    check("beta2", beta2, beta2 >= 0 && beta2 < 1, "0 or more and below 1");
    check("epsilon", epsilon, epsilon > 0, "a number above 0");
    check("weightDecay", weightDecay, weightDecay >= 0, "0 or more");
    check("clipNorm", clipNorm, clipNorm >= 0, "0 (no clipping) or more");
    check(
        "muonMomentum",
        muonMomentum,
        muonMomentum >= 0 && muonMomentum < 1,
        "0 or more and below 1");
  }

  /** AdamW with the same learning rate for all tensors. */
  public OptimizerSettings(
      double learningRate,
      double minimumLearningRate,
      String schedule,
      int warmupSteps,
      double decayFraction,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      double clipNorm) {
    this(
        OptimizerKind.ADAMW.label(),
        learningRate,
        minimumLearningRate,
        schedule,
        warmupSteps,
        decayFraction,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        clipNorm,
        DEFAULT_MUON_MOMENTUM,
        RateFactors.ONES);
  }

  /**
   * These settings of another optimizer.
   *
   * @throws IllegalArgumentException for an unknown name, listing the choices
   */
  public OptimizerSettings withKind(String newKind) {
    return new OptimizerSettings(
        newKind,
        learningRate,
        minimumLearningRate,
        schedule,
        warmupSteps,
        decayFraction,
        beta1,
        beta2,
        epsilon,
        weightDecay,
        clipNorm,
        muonMomentum,
        rateFactors);
  }

  private static void check(String key, double found, boolean valid, String expected) {
    if (!valid || !Double.isFinite(found)) {
      throw new IllegalArgumentException(
          "optimizer." + key + ": expected " + expected + ", found " + plain(found));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : Double.toString(value);
  }
}
