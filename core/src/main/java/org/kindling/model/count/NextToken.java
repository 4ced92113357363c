package org.kindling.model.count;

/** Probability of the next token given some tokens before it. Implementations are immutable. */
interface NextToken {
  /** Tokens before the predicted one that matter, at most. */
  int history();

  /**
   * The distribution after a history.
   *
   * @param tokens the history ends before position {@code to}
   * @param to tokens from max(from, to − history()) to here are seen
   */
  Distribution after(int[] tokens, int from, int to);

  /** Above 0 for every token of the vocabulary; sums to 1. */
  interface Distribution {
    double of(int next);
  }
}
