package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Merges pieces of any length window by window, with the tokens that merging the whole piece at
 * once would give.
 *
 * <p>Let the tokens of one stretch end with {@code l} and those of the stretch after it begin with
 * {@code r}. If {@code l} and {@code r} stay apart when the text of just these two is merged, the
 * tokens of both stretches together are those of each, one after the other: take the first merge
 * that would cross the joint. Up to then each side went as it goes alone, so that merge would have
 * happened in the text of {@code l} and {@code r} too. So a window is cut at the end of one of its
 * last tokens, the next window begins there, and the joint is tried; if it does not hold, the cut
 * moves to the left.
 */
final class LongPieceMerger {
  /** Bytes merged at a time. */
  static final int WINDOW = 1 << 14;

  /** Bytes at the end of a window whose tokens are likely to change with what follows. */
  private static final int MARGIN = 1 << 9;

  private static final int MOST_TRIES = 64;

  private final PieceMerger merger;
  private final byte[][] vocabulary;
  private final TokenBuffer ahead = new TokenBuffer();
  private final TokenBuffer pair = new TokenBuffer();

  LongPieceMerger(PieceMerger merger, byte[][] vocabulary) {
    this.merger = merger;
    this.vocabulary = vocabulary;
  }

  /**
   * Appends the tokens of {@code bytes[start, end)}.
   *
   * @param more whether the piece goes on after {@code end}; then only the first tokens are
   *     appended, those that no longer depend on what follows
   * @return where the appended tokens end
   */
  int merge(byte[] bytes, int start, int end, boolean more, TokenBuffer out) {
    int from = start;
    int window = WINDOW;
    while (end - from > (more ? (long) window + WINDOW : window)) {
      int first = out.size;
      merger.mergeAtOnce(bytes, from, from + window, out);
      int joint = cut(bytes, from + window, end, first, out);
      if (joint >= 0) {
        from = joint;
        window = WINDOW;
      } else {
        out.size = first;
        window = (int) Math.min(2L * window, Integer.MAX_VALUE - 8);
      }
    }
    if (more) {
      return from;
    }
    merger.mergeAtOnce(bytes, from, end, out);
    return end;
  }

  /**
   * Drops the last tokens of a window, up to a joint that holds and cuts no character.
   *
   * @param first of the window's tokens
   * @return where the joint is, or -1 if none was found
   */
  private int cut(byte[] bytes, int windowEnd, int end, int first, TokenBuffer out) {
    int position = windowEnd;
    int tries = 0;
    while (out.size > first + 1 && tries < MOST_TRIES) {
      out.size--;
      position -= vocabulary[out.ids[out.size]].length;
      boolean startsCharacter = (bytes[position] & 0xC0) != 0x80;
      if (startsCharacter && windowEnd - position >= MARGIN) {
        tries++;
        if (holds(bytes, out.ids[out.size - 1], position, end)) {
          return position;
        }
      }
    }
    return -1;
  }

  private boolean holds(byte[] bytes, int left, int position, int end) {
    ahead.size = 0;
    merger.mergeAtOnce(bytes, position, (int) Math.min((long) position + WINDOW, end), ahead);
    int right = ahead.ids[0];
    byte[] l = vocabulary[left];
    byte[] r = vocabulary[right];
    byte[] both = Arrays.copyOf(l, l.length + r.length);
    System.arraycopy(r, 0, both, l.length, r.length);
    pair.size = 0;
    merger.mergeAtOnce(both, 0, both.length, pair);
    return pair.size == 2 && pair.ids[0] == left && pair.ids[1] == right;
  }
}
