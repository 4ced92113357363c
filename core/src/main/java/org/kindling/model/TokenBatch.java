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

  /**
   * Refuses what a model was not made for.
   *
   * @throws IllegalArgumentException naming what is too long or too large
   */
  public void check(int context, int maxSequences, int vocabulary) {
    if (sequences > maxSequences) {
      throw new IllegalArgumentException(
          "batch: " + sequences + " sequences, but the model was made for at most " + maxSequences);
    }
    if (length > context) {
      throw new IllegalArgumentException(
          "batch: sequences of " + length + " tokens, but model.context is " + context);
    }
    checkIds("input", inputs, tokens(), vocabulary);
    checkIds("target", targets, tokens(), vocabulary);
  }

  /**
   * Refuses ids outside the vocabulary.
   *
   * @param role of the ids, for the message
   */
  public static void checkIds(String role, int[] ids, int count, int vocabulary) {
    for (int i = 0; i < count; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw new IllegalArgumentException(
            String.format(
                "%s token %d: id %d is outside the vocabulary, expected 0 to %d; was the text"
                    + " encoded with another tokenizer?",
                role, i, ids[i], vocabulary - 1));
      }
    }
  }
}
