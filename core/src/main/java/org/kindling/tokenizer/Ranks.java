package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * The merges that ranks mean, with which {@code tiktoken} says in what order token strings are
 * formed. A token's merge is the pair that is left of it when everything of lower rank has merged.
 * Whenever two neighbours add up to a token, no merge has crossed its ends, so what happened
 * between them is what happens to the token alone: one pair a token says it all, and merging the
 * bytes of a token gives that token.
 *
 * @param merges by rank, {@code left << 32 | right}
 * @param table the same to look up
 */
record Ranks(long[] merges, MergeTable table) {
  /**
   * @param tokens by rank, which is their id
   * @throws IllegalStateException if a token cannot be formed from two of lower rank
   */
  static Ranks toMerges(byte[][] tokens) {
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
    return new Ranks(Arrays.copyOf(merges, count), lower);
  }
}
