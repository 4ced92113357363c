package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Tells whether two neighbouring tokens are what merging their text gives, by walking back through
 * the merges on both sides of the joint instead of merging again. Immutable.
 */
final class Joints {
  private static final int BYTE = -1;

  private final MergeTable table;
  // By id: when the token is formed and of what; a byte is there from the beginning.
  private final int[] ranks;
  private final int[] lefts;
  private final int[] rights;

  private Joints(MergeTable table, int[] ranks, int[] lefts, int[] rights) {
    this.table = table;
    this.ranks = ranks;
    this.lefts = lefts;
    this.rights = rights;
  }

  /**
   * @param table of the vocabulary's merges
   * @return null if a token is formed by two merges, before its parts, or not at all: then the
   *     order of ranks is not the order in which merges happen, or there are tokens that merging
   *     never gives
   */
  static Joints of(byte[][] tokens, long[] merges, MergeTable table) {
    int[] ranks = new int[tokens.length];
    int[] lefts = new int[tokens.length];
    int[] rights = new int[tokens.length];
    Arrays.fill(ranks, BYTE);
    for (int rank = 0; rank < merges.length; rank++) {
      int id = table.merged(rank);
      lefts[id] = BytePairVocabulary.left(merges[rank]);
      rights[id] = BytePairVocabulary.right(merges[rank]);
      boolean isFormedOnce = ranks[id] == BYTE && tokens[id].length > 1;
      boolean partsAreBefore =
          isFormed(lefts[id], tokens, ranks) && isFormed(rights[id], tokens, ranks);
      if (!isFormedOnce || !partsAreBefore) {
        return null;
      }
      ranks[id] = rank;
    }
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] != null && !isFormed(id, tokens, ranks)) {
        return null;
      }
    }
    return new Joints(table, ranks, lefts, rights);
  }

  private static boolean isFormed(int id, byte[][] tokens, int[] ranks) {
    return ranks[id] != BYTE || tokens[id].length == 1;
  }

  /**
   * Whether no merge crosses the joint. Undoes the merges of both sides from the last to the first:
   * of what then lies at the joint, the pair must not merge before the merge just undone. Of two
   * merges of one rank the left one comes first.
   */
  boolean hold(int left, int right) {
    int x = left;
    int y = right;
    int limit = MergeTable.NONE;
    while (true) {
      int rank = table.find(x, y);
      if (rank < limit) {
        return false;
      }
      int rankX = ranks[x];
      int rankY = ranks[y];
      if (rankX > rankY) {
        limit = rankX;
        x = rights[x];
      } else if (rankY == BYTE) {
        return true;
      } else {
        limit = rankY + 1;
        y = lefts[y];
      }
    }
  }
}
