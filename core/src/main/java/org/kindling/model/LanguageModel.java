package org.kindling.model;

import org.kindling.kernels.Tensor;

/**
 * A model that learns by gradients. Averaging, optimizers and checkpoints see nothing of it but its
 * flat vector of parameters. Not thread-safe: one instance per worker.
 */
public interface LanguageModel extends Predictor {
  ParameterLayout layout();

  /** [layout().size()], writing it changes the model. */
  Tensor parameters();

  /** [layout().size()], the sum of what {@link #lossAndGradient} added since it was cleared. */
  Tensor gradients();

  /**
   * Runs forward and backward.
   *
   * @param scale factor on the gradient of the weighted sum of losses, e.g. 1 / sum of the weights
   *     of all micro-batches
   * @return weighted sum of losses and sum of weights, not scaled
   * @throws IllegalArgumentException if a token id is outside the vocabulary, naming its position
   */
  WeightedLoss lossAndGradient(TokenBatch batch, float scale);

  /**
   * How far back a prediction depends on its input: Euclidean norm of the gradient of the loss of
   * each sequence's last position with respect to the vector that stands for each of its tokens,
   * before the first layer. Gradients of parameters are undefined afterwards.
   *
   * @return [sequences, length]; the last of a row is the predicting position itself
   */
  double[] inputGradientNorms(TokenBatch batch);

  /** Sets parameters to their init. The same seed gives the same bits on every machine. */
  void initialize(long seed);
}
