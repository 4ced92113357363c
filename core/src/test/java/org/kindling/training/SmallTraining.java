package org.kindling.training;

import java.util.Arrays;
import java.util.Random;
import org.kindling.kernels.Kernels;
import org.kindling.model.Architecture;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.OptimizerSettings;

/** Trains a small model, a new batch a step, and tells the losses. */
public final class SmallTraining {
  private static final int VOCABULARY = 33;
  private static final int SEQUENCES = 2;

  private final ModelSettings settings;
  private final double learningRate;

  public SmallTraining(ModelSettings settings, double learningRate) {
    this.settings = settings;
    this.learningRate = learningRate;
  }

  /** Two layers of width 32, over sequences of 70 tokens. */
  public static SmallTraining of(String architecture, double learningRate) {
    Architecture chosen = Architecture.named(architecture);
    return new SmallTraining(chosen.settings(2, 4, 32, 70, chosen.isTied()), learningRate);
  }

  public LanguageModel model(Kernels kernels) {
    return LanguageModels.create(settings, VOCABULARY, SEQUENCES, kernels);
  }

  /** Each token follows from the one before it, mostly: there is something to learn. */
  public TokenBatch batch(int seed) {
    Random random = new Random(seed);
    int context = settings.context();
    int[] ids = new int[SEQUENCES * context + 1];
    for (int i = 1; i < ids.length; i++) {
      ids[i] =
          random.nextInt(8) == 0 ? random.nextInt(VOCABULARY) : (ids[i - 1] * 5 + 3) % VOCABULARY;
    }
    return new TokenBatch(
        SEQUENCES,
        context,
        Arrays.copyOf(ids, ids.length - 1),
        Arrays.copyOfRange(ids, 1, ids.length));
  }

  /** Losses of some steps of AdamW in nats a token, each before its update. */
  public double[] losses(Kernels kernels, int steps) {
    return losses(kernels, steps, OptimizerSettings.DEFAULTS);
  }

  /** As above, of any optimizer at this training's learning rate. */
  public double[] losses(Kernels kernels, int steps, OptimizerSettings chosen) {
    try (LanguageModel model = model(kernels);
        InnerOptimizer optimizer = InnerOptimizer.create(chosen, model.layout(), kernels)) {
      model.initialize(1);
      double[] losses = new double[steps];
      for (int step = 1; step <= steps; step++) {
        TokenBatch batch = batch(step);
        model.gradients().clear();
        losses[step - 1] = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
        optimizer.step(model.parameters(), model.gradients(), learningRate, step);
      }
      return losses;
    }
  }
}
