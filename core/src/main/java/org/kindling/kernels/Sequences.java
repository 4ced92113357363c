package org.kindling.kernels;

/**
 * Which positions of how many sequences one pass computes.
 *
 * @param count number of sequences
 * @param length positions of each, from 0
 * @param first the first position that is computed; keys and values of earlier ones are there from
 *     earlier passes. 0 in training.
 */
public record Sequences(int count, int length, int first) {
  public Sequences {
    if (count < 1 || first < 0 || length <= first) {
      throw new IllegalArgumentException(
          "no positions to compute: " + count + " sequences from " + first + " to " + length);
    }
  }

  /** Sequences computed from their start. */
  public static Sequences whole(int count, int length) {
    return new Sequences(count, length, 0);
  }

  /** Positions computed per sequence. */
  public int computed() {
    return length - first;
  }

  /** Positions computed in all: rows of every activation matrix. */
  public int rows() {
    return count * computed();
  }
}
