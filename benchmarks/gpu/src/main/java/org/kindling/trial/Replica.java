package org.kindling.trial;

import java.util.Arrays;
import java.util.Random;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.TokenBatch;
import org.kindling.optimizer.AdamW;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.OptimizerSettings;

/** A model that takes steps. Belongs to one thread. */
final class Replica implements AutoCloseable {
  private static final double LEARNING_RATE = 1e-3;
  private static final int SEED = 1;

  private final Kernels kernels;
  private final LanguageModel model;
  private final AdamW optimizer;
  private long step;

  private Replica(Kernels kernels, LanguageModel model, AdamW optimizer) {
    this.kernels = kernels;
    this.model = model;
    this.optimizer = optimizer;
  }

  /**
   * @throws IllegalArgumentException if the kernels, or the memory, are not to be had
   */
  static Replica open(KernelsWanted wanted, Precision precision, Shape shape) {
    Kernels kernels = Kernels.named(wanted, precision);
    try {
      return open(kernels, shape);
    } catch (RuntimeException e) {
      kernels.close();
      throw e;
    }
  }

  private static Replica open(Kernels kernels, Shape shape) {
    LanguageModel model =
        LanguageModels.create(shape.model(), shape.vocabulary(), shape.batch(), kernels);
    try {
      model.initialize(SEED);
      AdamW optimizer = new AdamW(OptimizerSettings.DEFAULTS, model.layout(), kernels);
      return new Replica(kernels, model, optimizer);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /** Takes one step; its loss, in nats. */
  double step(TokenBatch batch) {
    step++;
    model.gradients().clear();
    double loss = model.lossAndGradient(batch, 1f / batch.tokens()).mean();
    optimizer.step(model.parameters(), model.gradients(), LEARNING_RATE, step);
    return loss;
  }

  Kernels kernels() {
    return kernels;
  }

  /** What its optimizer takes, by the estimate. */
  long optimizerBytes() {
    return InnerOptimizer.bytes(OptimizerSettings.DEFAULTS, model.layout(), kernels);
  }

  /** Tokens without meaning. */
  static TokenBatch randomBatch(Shape shape) {
    int length = shape.model().context();
    int[] ids = new Random(SEED).ints(shape.tokens() + 1, 0, shape.vocabulary()).toArray();
    return new TokenBatch(shape.batch(), length, ids, Arrays.copyOfRange(ids, 1, ids.length));
  }

  @Override
  public void close() {
    optimizer.close();
    model.close();
    kernels.close();
  }
}
