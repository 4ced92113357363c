package org.kindling.tokenizer;

import java.io.Serializable;
import java.util.BitSet;

/**
 * The set of characters (Unicode code points) seen in some text. Sets made of parts of a corpus, on
 * different machines, merge into the set of the whole. Not thread-safe.
 */
public final class CodePoints implements Serializable {
  private static final long serialVersionUID = 1;

  private final BitSet seen = new BitSet();

  /**
   * @throws IllegalArgumentException if the text holds an unpaired surrogate
   */
  public CodePoints add(String text) {
    for (int i = 0; i < text.length(); ) {
      int codePoint = text.codePointAt(i);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw Utf8.unpaired(text, i);
      }
      seen.set(codePoint);
      i += Character.charCount(codePoint);
    }
    return this;
  }

  /** Adds what the other set holds to this one. */
  public CodePoints merge(CodePoints other) {
    seen.or(other.seen);
    return this;
  }

  public boolean isEmpty() {
    return seen.isEmpty();
  }

  /** Ascending. */
  public int[] toArray() {
    return seen.stream().toArray();
  }
}
