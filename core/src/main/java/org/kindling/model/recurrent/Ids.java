package org.kindling.model.recurrent;

import org.kindling.model.TokenBatch;

/** What a decoder may be given. */
final class Ids {
  private Ids() {}

  static void requireSome(int[] tokens, int vocabulary) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("decoder: expected at least one token to append");
    }
    TokenBatch.checkIds("decoder: input", tokens, tokens.length, vocabulary);
  }
}
