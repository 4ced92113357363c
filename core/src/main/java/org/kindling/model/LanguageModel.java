package org.kindling.model;

import org.kindling.kernels.Tensor;

/**
 * A model that assigns probabilities to the next token. Averaging, optimizers and checkpoints see
 * nothing of it but its flat vector of parameters. Not thread-safe: one instance per worker.
 */
public interface LanguageModel extends AutoCloseable {
  ModelSettings settings();

  /** Number of token ids; ids are 0 to vocabulary - 1. */
  int vocabulary();

  ParameterLayout layout();

  /** [layout().size()], writing it changes the model. */
  Tensor parameters();

  /** [layout().size()], the sum of what {@link #lossAndGradient} added since it was cleared. */
  Tensor gradients();

  /**
   * Runs forward and backward.
   *
   * @param scale factor on the gradient of the mean loss, e.g. 1 / number of micro-batches
   * @return mean cross-entropy in nats per predicted token, not scaled
   * @throws IllegalArgumentException if a token id is outside the vocabulary, naming its position
   */
  double lossAndGradient(TokenBatch batch, float scale);

  /** Mean cross-entropy in nats per predicted token; gradients stay as they are. */
  double loss(TokenBatch batch);

  /** Sets parameters to their random start. The same seed gives the same bits on every machine. */
  void initialize(long seed);

  /** A fresh, empty sequence to generate from, with whatever the model caches between tokens. */
  Decoder decoder();

  @Override
  void close();

  /** Generation of one sequence, token by token. */
  interface Decoder extends AutoCloseable {
    /**
     * Appends tokens and computes the distribution of the one that follows them.
     *
     * @param tokens at least one; the sequence so far plus these may not exceed the context length
     * @return logits [vocabulary]; the array is reused by the next call
     */
    float[] append(int... tokens);

    /** Tokens appended so far. */
    int position();

    /** Forgets the sequence. */
    void reset();

    @Override
    void close();
  }
}
