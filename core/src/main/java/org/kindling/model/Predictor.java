package org.kindling.model;

/**
 * A model that assigns probabilities to the next token, however it came by them. Not thread-safe.
 */
public interface Predictor extends AutoCloseable {
  ModelSettings settings();

  /** Number of token ids; ids are 0 to vocabulary - 1. */
  int vocabulary();

  /** Weighted sum of the cross-entropies of all predictions; nothing else changes. */
  WeightedLoss loss(TokenBatch batch);

  /**
   * What comes after every position of short sequences, all at once: for inspection, not for long
   * text.
   *
   * @param ids [count, length]
   * @return [count, length, vocabulary], logarithms of probabilities up to a constant per position
   */
  float[] logits(int count, int length, int[] ids);

  /**
   * Fresh, empty sequences to generate from, with whatever the model caches between tokens.
   *
   * @param sequences at least 1
   */
  Decoder decoder(int sequences);

  @Override
  void close();

  /**
   * Generation of several sequences at once, token by token. A sequence gets the same logits, up to
   * rounding, whatever the others hold.
   */
  interface Decoder extends AutoCloseable {
    /** Number of sequences. */
    int sequences();

    /**
     * Appends tokens to some sequences and computes the distribution of what follows each.
     *
     * @param tokens [sequences], for each sequence what to append, or an empty array to leave it as
     *     it is; what a sequence holds may not exceed {@link #capacity}
     * @return logits [sequences][vocabulary], defined for the sequences that were appended to; the
     *     arrays are reused by the next call
     */
    float[][] append(int[][] tokens);

    /**
     * As {@link #append}, to one sequence.
     *
     * @param tokens at least one
     * @return logits [vocabulary]; the array is reused by the next call
     */
    default float[] appendTo(int sequence, int... tokens) {
      if (tokens.length == 0) {
        throw new IllegalArgumentException("decoder: expected at least one token to append");
      }
      int[][] all = new int[sequences()][0];
      all[sequence] = tokens;
      return append(all)[sequence];
    }

    /** Tokens appended to a sequence so far. */
    int position(int sequence);

    /** Most tokens that a sequence can be given; {@link Integer#MAX_VALUE} if any number. */
    int capacity();

    /** Forgets a sequence. */
    void reset(int sequence);

    /** Makes a sequence hold what another holds: one prompt, read once, for many continuations. */
    void copy(int from, int to);

    @Override
    void close();
  }
}
