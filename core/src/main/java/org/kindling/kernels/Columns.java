package org.kindling.kernels;

/**
 * Some columns of a row-major matrix: queries, keys or values in a matrix that holds all three, or
 * alone.
 *
 * @param tensor the matrix
 * @param from the first column
 * @param stride columns of the whole matrix: elements from one row to the next
 */
public record Columns(Tensor tensor, int from, int stride) {
  /** All columns of a matrix. */
  public static Columns all(Tensor tensor, int width) {
    return new Columns(tensor, 0, width);
  }
}
