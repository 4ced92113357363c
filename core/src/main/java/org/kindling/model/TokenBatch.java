package org.kindling.model;

/**
 * Sequences to learn from or to score. Position t of a sequence predicts its target from inputs
 * {@code documentStarts[t]} to t, or 0 to t where documents are not kept apart. The arrays are
 * reused by whoever fills them; a model reads them during a call and keeps no reference.
 *
 * @param sequences number of sequences, at most the batch size the model was made for
 * @param length tokens per sequence, at most the model's context length
 * @param inputs [sequences, length], row-major, at least that long
 * @param targets [sequences, length], the token that follows each input; a token of the vocabulary
 *     even where the weight is 0
 * @param weights [sequences, length], factor on the loss of each prediction, 0 or more; null if all
 *     are 1
 * @param documentStarts [sequences, length], the position within the sequence at which the document
 *     of each position begins; null if a sequence is one text
 */
public record TokenBatch(
    int sequences, int length, int[] inputs, int[] targets, float[] weights, int[] documentStarts) {
  public TokenBatch {
    int tokens = Math.multiplyExact(sequences, length);
    boolean fits =
        inputs.length >= tokens
            && targets.length >= tokens
            && (weights == null || weights.length >= tokens)
            && (documentStarts == null || documentStarts.length >= tokens);
    if (sequences < 1 || length < 1 || !fits) {
      throw new IllegalArgumentException(
          "batch of "
              + sequences
              + " x "
              + length
              + " tokens does not fit its arrays, of "
              + inputs.length
              + " inputs and "
              + targets.length
              + " targets");
    }
  }

  /** Predictions of equal weight; every sequence is one text. */
  public TokenBatch(int sequences, int length, int[] inputs, int[] targets) {
    this(sequences, length, inputs, targets, null, null);
  }

  /** Number of predictions. */
  public int tokens() {
    return sequences * length;
  }

  /** Sum of the weights, added in order. */
  public double weight() {
    if (weights == null) {
      return tokens();
    }
    double sum = 0;
    for (int i = 0; i < tokens(); i++) {
      sum += weights[i];
    }
    return sum;
  }

  /** Factor on the loss of one prediction. */
  public float weight(int prediction) {
    return weights == null ? 1f : weights[prediction];
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
    checkStarts();
  }

  private void checkStarts() {
    for (int i = 0; documentStarts != null && i < tokens(); i++) {
      int position = i % length;
      int before = position == 0 ? 0 : documentStarts[i - 1];
      boolean goesOn = position > 0 && documentStarts[i] == before;
      if (!goesOn && documentStarts[i] != position) {
        throw new IllegalArgumentException(
            String.format(
                "batch: the document of position %d begins at %d, expected %s",
                position, documentStarts[i], position == 0 ? "0" : before + " or " + position));
      }
    }
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
