package org.kindling.tokenizer;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What defines a byte-pair tokenizer, and what its {@code tokenizer.json} holds.
 *
 * @param tokens [ids] the bytes of each token; null where an id is a special token or unused
 * @param merges in order of rank, {@code left << 32 | right}; the merged token is the one whose
 *     bytes are those of both
 * @param specials text of special tokens by id
 * @param splitting how text is cut into the pieces within which pairs merge
 * @param wholePiecesFirst whether a piece that is a token needs no merges to become it ({@code
 *     ignore_merges})
 */
record BytePairVocabulary(
    byte[][] tokens,
    long[] merges,
    SortedMap<Integer, String> specials,
    Splitting splitting,
    boolean wholePiecesFirst) {
  static final String END_OF_TEXT = "<|endoftext|>";

  /** Under which names tokenizers in use end a text; the first that exists is taken. */
  private static final List<String> END_OF_TEXT_NAMES =
      List.of(END_OF_TEXT, "<|end_of_text|>", "</s>");

  /** Without special tokens. */
  static BytePairVocabulary of(byte[][] tokens, long[] merges, Splitting splitting) {
    return new BytePairVocabulary(tokens, merges, Collections.emptySortedMap(), splitting, false);
  }

  BytePairVocabulary withSpecial(int id, String text) {
    SortedMap<Integer, String> all = new TreeMap<>(specials);
    all.put(id, text);
    return new BytePairVocabulary(tokens, merges, all, splitting, wholePiecesFirst);
  }

  /** One more than the highest id. */
  int size() {
    return specials.isEmpty() ? tokens.length : Math.max(tokens.length, specials.lastKey() + 1);
  }

  OptionalInt endOfText() {
    for (String name : END_OF_TEXT_NAMES) {
      for (var special : specials.entrySet()) {
        if (special.getValue().equals(name)) {
          return OptionalInt.of(special.getKey());
        }
      }
    }
    return OptionalInt.empty();
  }

  static long pair(int left, int right) {
    return (long) left << 32 | right;
  }

  static int left(long pair) {
    return (int) (pair >>> 32);
  }

  static int right(long pair) {
    return (int) pair;
  }
}
