package org.kindling.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Turns ranks, with which {@code tiktoken} says in what order token strings are formed, into the
 * merges that form them. A token's merge is the pair that is left of it when everything of lower
 * rank has merged. Whenever two neighbours add up to a token, no merge has crossed its ends, so
 * what happened between them is what happens to the token alone: one pair a token says it all.
 */
final class Ranks {
  private static final int NONE = Integer.MAX_VALUE;

  private final Map<String, Integer> ranks;

  private Ranks(Map<String, Integer> ranks) {
    this.ranks = ranks;
  }

  /**
   * @param tokens by rank, which is their id
   * @return merges in order of rank
   * @throws IllegalStateException if a token cannot be formed from two of lower rank
   */
  static long[] toMerges(byte[][] tokens) {
    Map<String, Integer> all = new HashMap<>(tokens.length * 2);
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] != null) {
        all.put(new String(tokens[id], StandardCharsets.ISO_8859_1), id);
      }
    }
    Ranks ranks = new Ranks(all);
    long[] merges = new long[tokens.length];
    int count = 0;
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] != null && tokens[id].length > 1) {
        merges[count++] = ranks.split(new String(tokens[id], StandardCharsets.ISO_8859_1), id);
      }
    }
    return Arrays.copyOf(merges, count);
  }

  private long split(String token, int rank) {
    // Part i is token[starts[i], starts[i + 1]).
    int parts = token.length();
    int[] starts = new int[parts + 1];
    for (int i = 0; i <= parts; i++) {
      starts[i] = i;
    }
    while (parts > 2) {
      int best = NONE;
      int at = -1;
      for (int i = 0; i + 1 < parts; i++) {
        int candidate = rankOf(token, starts[i], starts[i + 2]);
        if (candidate < rank && candidate < best) {
          best = candidate;
          at = i;
        }
      }
      if (at < 0) {
        throw new IllegalStateException(
            "rank " + rank + ": the token does not split into two of lower rank");
      }
      System.arraycopy(starts, at + 2, starts, at + 1, parts - at - 1);
      parts--;
    }
    return BytePairVocabulary.pair(
        rankOf(token, 0, starts[1]), rankOf(token, starts[1], token.length()));
  }

  private int rankOf(String token, int start, int end) {
    return ranks.getOrDefault(token.substring(start, end), NONE);
  }
}
