package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * A growing list of token ids that encoders append to, so that a pipeline encodes text after text
 * without an array for each. Not thread-safe.
 *
 * <pre>{@code
 * TokenBuffer out = new TokenBuffer();
 * tokenizer.encode(utf8, 0, utf8.length, out); // appends
 * for (int i = 0; i < out.size(); i++) {
 *   write(out.get(i));
 * }
 * out.clear();
 * }</pre>
 */
public final class TokenBuffer {
  private static final int LARGEST_KEPT = 1 << 20;

  int[] ids = new int[1024];
  int size;

  public int size() {
    return size;
  }

  /**
   * @throws IndexOutOfBoundsException if there are not so many
   */
  public int get(int index) {
    return ids[java.util.Objects.checkIndex(index, size)];
  }

  public void add(int id) {
    reserve(1);
    ids[size++] = id;
  }

  /** A copy of all ids. */
  public int[] toArray() {
    return Arrays.copyOf(ids, size);
  }

  /** Forgets all ids, and the memory of more than a million. */
  public void clear() {
    size = 0;
    if (ids.length > LARGEST_KEPT) {
      ids = new int[1024];
    }
  }

  /** Makes room for so many more. */
  void reserve(int more) {
    if (ids.length - size < more) {
      ids = Arrays.copyOf(ids, grown(more));
    }
  }

  private int grown(int more) {
    long needed = (long) size + more;
    int largest = Integer.MAX_VALUE - 8;
    if (needed > largest) {
      throw new IllegalArgumentException(
          "tokens: more than " + largest + " in one buffer; encode the text in parts");
    }
    return (int) Math.min(Math.max(ids.length * 2L, needed), largest);
  }
}
