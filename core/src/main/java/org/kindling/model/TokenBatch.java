package org.kindling.model;

/**
 * Sequences to learn from or to score. Position t of a sequence predicts its target from inputs 0
 * to t. The arrays are reused by whoever fills them; a model reads them during a call and keeps no
 * reference.
 *
 * @param sequences number of sequences, at most the batch size the model was made for
 * @param length tokens per sequence, at most the model's context length
 * @param inputs [sequences, length], row-major, at least that long
 * @param targets [sequences, length], the token that follows each input
 */
public record TokenBatch(int sequences, int length, int[] inputs, int[] targets) {
  public TokenBatch {
    int tokens = Math.multiplyExact(sequences, length);
    if (sequences < 1 || length < 1 || inputs.length < tokens || targets.length < tokens) {
      throw new IllegalArgumentException(
          "batch of "
              + sequences
              + " x "
              + length
              + " tokens does not fit arrays of "
              + inputs.length
              + " and "
              + targets.length);
    }
  }

  /** Number of predictions. */
  public int tokens() {
    return sequences * length;
  }
}
