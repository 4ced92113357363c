package org.kindling.kernels;

import java.nio.ByteBuffer;

/**
 * In float32: X ← (aI + bA + cA²)·X, between two places. The diagonal takes the term aX, which
 * saves a pass over X.
 */
final class BlasPolynomial implements MuonPolynomial {
  private final Blas blas;
  private final Blas.Matrix left = new Blas.Matrix();
  private final Blas.Matrix right = new Blas.Matrix();
  private final Blas.Matrix result = new Blas.Matrix();

  BlasPolynomial(Blas blas) {
    this.blas = blas;
  }

  @Override
  public long iterate(MatrixRange matrix, CpuTensor scratch) {
    blas.useOneThread();
    long x = 0;
    long next = matrix.elements();
    for (int i = 0; i < MuonUpdate.ITERATIONS; i++) {
      iterateOnce(matrix, scratch, x, next);
      long done = x;
      x = next;
      next = done;
    }
    return x;
  }

  private void iterateOnce(MatrixRange matrix, CpuTensor scratch, long x, long next) {
    int rows = matrix.rows();
    int columns = matrix.columns();
    int side = matrix.shorter();
    boolean wide = rows <= columns;
    long square = MuonUpdate.squares(matrix);
    long polynomial = square + (long) side * side;
    left.at(scratch, x, columns);
    right.at(scratch, x, columns);
    result.at(scratch, square, side);
    blas.extent(side, side, wide ? columns : rows).factors(1f, 0f);
    if (wide) {
      blas.productTransposed(left, right, result);
    } else {
      blas.transposedProduct(left, right, result);
    }
    left.at(scratch, square, side);
    right.at(scratch, square, side);
    result.at(scratch, polynomial, side);
    blas.extent(side, side, side).factors((float) MuonUpdate.C, 0f).product(left, right, result);
    VectorMuon.addScaled(scratch, square, polynomial, (long) side * side, (float) MuonUpdate.B);
    addToDiagonal(scratch, polynomial, side);
    result.at(scratch, next, columns);
    blas.extent(rows, columns, side).factors(1f, 0f);
    if (wide) {
      blas.product(left.at(scratch, polynomial, side), right.at(scratch, x, columns), result);
    } else {
      blas.product(left.at(scratch, x, columns), right.at(scratch, polynomial, side), result);
    }
  }

  private static void addToDiagonal(CpuTensor scratch, long square, int side) {
    for (int i = 0; i < side; i++) {
      long at = square + (long) i * (side + 1);
      ByteBuffer window = scratch.window(at);
      int place = CpuTensor.within(at);
      Lanes.put(window, place, Lanes.get(window, place) + (float) MuonUpdate.A);
    }
  }

  @Override
  public void close() {
    // Holds no memory of its own.
  }
}
