package org.kindling.kernels;

import java.util.Locale;

/**
 * A matrix inside a flat vector, or some columns of a wider one.
 *
 * @param from position of its first element
 * @param stride elements from one row to the next, at least the columns
 */
public record MatrixRange(long from, int rows, int columns, int stride) {
  public MatrixRange {
    if (from < 0 || rows < 1 || columns < 1 || stride < columns) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "matrix: expected a position, rows, columns and a stride of at least the columns,"
                  + " found %d, %d, %d and %d",
              from,
              rows,
              columns,
              stride));
    }
  }

  public long elements() {
    return (long) rows * columns;
  }

  /** Whether its rows lie next to each other. */
  public boolean isDense() {
    return stride == columns;
  }

  /** The lesser of rows and columns. */
  public int shorter() {
    return Math.min(rows, columns);
  }
}
