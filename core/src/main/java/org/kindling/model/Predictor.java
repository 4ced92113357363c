package org.kindling.model;

/**
 * A model that assigns probabilities to the next token, however it came by them. Not thread-safe.
 */
public interface Predictor extends AutoCloseable {
  ModelSettings settings();

  /** Number of token ids; ids are 0 to vocabulary - 1. */
  int vocabulary();

  /** Mean cross-entropy in nats per predicted token; nothing else changes. */
  double loss(TokenBatch batch);

  /**
   * What comes after every position of short sequences, all at once: for inspection, not for long
   * text.
   *
   * @param ids [count, length]
   * @return [count, length, vocabulary], logarithms of probabilities up to a constant per position
   */
  float[] logits(int count, int length, int[] ids);

  /** A fresh, empty sequence to generate from, with whatever the model caches between tokens. */
  Decoder decoder();

  @Override
  void close();

  /** Generation of one sequence, token by token. */
  interface Decoder extends AutoCloseable {
    /**
     * Appends tokens and computes the distribution of the one that follows them.
     *
     * @param tokens at least one; the sequence so far plus these may not exceed {@link #capacity}
     * @return logits [vocabulary]; the array is reused by the next call
     */
    float[] append(int... tokens);

    /** Tokens appended so far. */
    int position();

    /** Most tokens that it can be given; {@link Integer#MAX_VALUE} if any number. */
    int capacity();

    /** Forgets the sequence. */
    void reset();

    @Override
    void close();
  }
}
