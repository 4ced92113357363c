package org.kindling.checkpoint;

/** A flat vector that can be read in pieces, wherever it lies. */
@FunctionalInterface
public interface FlatSource {
  /** Copies {@code length} elements from position {@code from} into {@code target} at 0. */
  void read(long from, float[] target, int length);

  /** A vector on the heap. */
  static FlatSource of(float[] values) {
    return (from, target, length) ->
        System.arraycopy(values, Math.toIntExact(from), target, 0, length);
  }
}
