package org.kindling.model;

/** Generation of one sequence, token by token. */
public interface SequenceDecoder extends AutoCloseable {
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
