package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Turns ranks, with which {@code tiktoken} says in what order token strings are formed, into the
 * merges that form them. A token's merge is the pair that is left of it when everything of lower
 * rank has merged. Whenever two neighbours add up to a token, no merge has crossed its ends, so
 * what happened between them is what happens to the token alone: one pair a token says it all.
 */
final class Ranks {
  private Ranks() {}

  /**
   * @param tokens by rank, which is their id
   * @return merges in order of rank
   * @throws IllegalStateException if a token cannot be formed from two of lower rank
   */
  static long[] toMerges(byte[][] tokens) {
    MergeTable lower = new MergeTable(tokens.length);
    PieceMerger merger = new PieceMerger(lower, tokens);
    TokenBuffer parts = new TokenBuffer();
    long[] merges = new long[tokens.length];
    int count = 0;
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] == null || tokens[id].length == 1) {
        continue;
      }
      parts.size = 0;
      merger.merge(tokens[id], 0, tokens[id].length, parts);
      if (parts.size != 2) {
        throw new IllegalStateException(
            "rank " + id + ": the token does not split into two of lower rank");
      }
      merges[count] = BytePairVocabulary.pair(parts.ids[0], parts.ids[1]);
      lower.put(merges[count], count, id);
      count++;
    }
    return Arrays.copyOf(merges, count);
  }
}
