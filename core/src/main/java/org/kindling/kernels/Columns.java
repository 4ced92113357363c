package org.kindling.kernels;

/**
 * Some columns of a row-major matrix: queries, keys or values in a matrix that holds all three, or
 * alone.
 *
 * @param tensor the matrix
 * @param from the first column
 * @param stride columns of the whole matrix: elements from one row to the next
 * @param headStride elements from one head to the next; 0 if heads stand next to each other in a
 *     row
 */
public record Columns(Tensor tensor, int from, int stride, long headStride) {
  /** Columns in which heads stand next to each other. */
  public Columns(Tensor tensor, int from, int stride) {
    this(tensor, from, stride, 0);
  }

  /** All columns of a matrix. */
  public static Columns all(Tensor tensor, int width) {
    return new Columns(tensor, 0, width);
  }

  /** Elements from the first head to another. */
  public long head(int head, int width) {
    return headStride == 0 ? (long) head * width : head * headStride;
  }
}
