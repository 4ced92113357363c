package org.kindling.kernels;

import java.util.HashMap;
import java.util.Map;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.javacpp.Pointer;

/**
 * With factors rounded to bfloat16, by oneDNN: sums, and X itself, are float32. Operations are made
 * when a shape is first seen, and kept.
 */
final class Bf16Polynomial implements MuonPolynomial {
  private record Shape(int rows, int columns) {}

  /**
   * The operations of a shape.
   *
   * @param roundX X to its copy
   * @param square A = XXᵀ, or XᵀX of a matrix with more rows than columns
   * @param roundSquare any of the squares to the copy of one
   * @param product cA²
   * @param add X ← X + PX, or X + XP
   */
  private record Operations(
      OneDnnOperation roundX,
      OneDnnOperation square,
      OneDnnOperation roundSquare,
      OneDnnOperation product,
      OneDnnOperation add) {}

  private final OneDnn dnn = new OneDnn();
  private final Map<Shape, Operations> known = new HashMap<>();

  private Operations make(Shape shape) {
    int rows = shape.rows();
    int columns = shape.columns();
    int side = Math.min(rows, columns);
    boolean wide = rows <= columns;
    dnnl_memory_desc x = dnn.floats(rows, columns, columns);
    dnnl_memory_desc rounded = dnn.halves(rows, columns, columns);
    dnnl_memory_desc transposed = dnn.transposedHalves(columns, rows, columns);
    dnnl_memory_desc square = dnn.floats(side, side, side);
    dnnl_memory_desc roundedSquare = dnn.halves(side, side, side);
    return new Operations(
        dnn.conversion(x, rounded),
        wide ? dnn.product(rounded, transposed, square) : dnn.product(transposed, rounded, square),
        dnn.conversion(square, roundedSquare),
        dnn.scaledProduct(roundedSquare, roundedSquare, square, (float) MuonUpdate.C),
        wide
            ? dnn.addedProduct(roundedSquare, rounded, x)
            : dnn.addedProduct(rounded, roundedSquare, x));
  }

  /** The scratch: X, its copy, A, P, and the copy of either. */
  @Override
  public long iterate(MatrixRange matrix, CpuTensor scratch) {
    Operations operations =
        known.computeIfAbsent(new Shape(matrix.rows(), matrix.columns()), this::make);
    long side = matrix.shorter();
    long copy = matrix.elements();
    long square = copy + (matrix.elements() + 1) / 2;
    long polynomial = square + side * side;
    long squareCopy = polynomial + side * side;
    boolean wide = matrix.rows() <= matrix.columns();
    for (int i = 0; i < MuonUpdate.ITERATIONS; i++) {
      dnn.run(operations.roundX().source(at(scratch, 0)).target(at(scratch, copy)));
      Pointer rounded = at(scratch, copy);
      dnn.run(operations.square().source(rounded).right(rounded).target(at(scratch, square)));
      dnn.run(operations.roundSquare().source(at(scratch, square)).target(at(scratch, squareCopy)));
      dnn.run(
          operations
              .product()
              .source(at(scratch, squareCopy))
              .right(at(scratch, squareCopy))
              .target(at(scratch, polynomial)));
      VectorMuon.addScaled(scratch, square, polynomial, side * side, (float) MuonUpdate.B);
      dnn.run(
          operations.roundSquare().source(at(scratch, polynomial)).target(at(scratch, squareCopy)));
      VectorMuon.scale(scratch, matrix.elements(), (float) MuonUpdate.A);
      operations
          .add()
          .source(at(scratch, wide ? squareCopy : copy))
          .right(at(scratch, wide ? copy : squareCopy))
          .target(at(scratch, 0));
      dnn.run(operations.add());
    }
    return 0;
  }

  private static Pointer at(CpuTensor scratch, long element) {
    return scratch.bytes(element);
  }

  @Override
  public void close() {
    dnn.close();
  }
}
