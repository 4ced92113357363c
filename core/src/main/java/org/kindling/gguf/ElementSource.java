package org.kindling.gguf;

import java.io.IOException;

/** The elements of a tensor, row-major, readable in pieces and in any order. */
@FunctionalInterface
public interface ElementSource {
  /** Copies {@code length} elements from position {@code from} into {@code target} at 0. */
  void read(long from, float[] target, int length) throws IOException;

  /** Elements on the heap. */
  static ElementSource of(float[] values) {
    return (from, target, length) ->
        System.arraycopy(values, Math.toIntExact(from), target, 0, length);
  }
}
