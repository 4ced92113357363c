package org.kindling.kernels;

/**
 * Attention heads. Query heads share the keys and values of a group: {@code count / kvCount}
 * consecutive query heads have one key head.
 *
 * @param count number of query heads
 * @param kvCount number of key and value heads; divides {@code count}
 * @param width elements of one head's query, key or value
 * @param window keys that a query sees, its own included; 0 for all before it
 * @see <a href="https://arxiv.org/abs/2305.13245">Ainslie et al. 2023, grouped queries</a>
 */
public record Heads(int count, int kvCount, int width, int window) {
  public Heads {
    if (count < 1 || kvCount < 1 || count % kvCount != 0 || width < 1 || window < 0) {
      throw new IllegalArgumentException(
          String.format(
              "heads: %d query heads, %d key heads of width %d and window %d; expected a divisor of"
                  + " the query heads, a width of at least 1 and a window of at least 0",
              count, kvCount, width, window));
    }
  }

  /** Every query head has a key head, and sees all before it. */
  public Heads(int count, int width) {
    this(count, count, width, 0);
  }

  /** Elements of the queries of one position. */
  public int queryWidth() {
    return count * width;
  }

  /** Elements of the keys of one position, and of its values. */
  public int keyWidth() {
    return kvCount * width;
  }

  /** 1 / √width, by which scores are multiplied. */
  public double scale() {
    return 1 / Math.sqrt(width);
  }

  /** The key head of a query head. */
  public int keyHead(int head) {
    return head / (count / kvCount);
  }

  /** The first position that a row's query sees. */
  public int firstKey(Sequences sequences, int row) {
    int start = sequences.documentStart(row);
    if (window == 0) {
      return start;
    }
    int position = sequences.position(row) + start;
    return Math.max(start, position - window + 1);
  }

  /** Whether a query sees all positions before it, whatever the sequence holds. */
  public boolean seeAll(Sequences sequences) {
    return window == 0 && !sequences.haveDocuments();
  }
}
