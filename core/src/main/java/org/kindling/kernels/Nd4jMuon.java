package org.kindling.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;

/** The step of {@link MuonUpdate} by ND4J's operations, inside a scope of its caller's. */
final class Nd4jMuon {
  private Nd4jMuon() {}

  static void step(MuonUpdate u, MatrixRange matrix) {
    double factor = u.momentumFactor();
    INDArray g = view(u.gradients(), matrix).mul(u.gradientScale());
    INDArray m = view(u.momentum(), matrix);
    m.muli(factor).addi(g.mul(1 - factor));
    INDArray x = scratch(u, 0, matrix.rows(), matrix.columns());
    x.assign(g.muli(1 - factor).addi(m.mul(factor)));
    x.divi(x.norm2Number().doubleValue() + MuonUpdate.EPSILON);
    INDArray result = iterate(u, matrix, x);
    INDArray p = view(u.parameters(), matrix);
    p.muli(1 - u.learningRate() * u.decay());
    p.subi(result.mul(u.rate(matrix)));
  }

  private static INDArray iterate(MuonUpdate u, MatrixRange matrix, INDArray first) {
    int side = matrix.shorter();
    boolean wide = matrix.rows() <= matrix.columns();
    INDArray x = first;
    INDArray next = scratch(u, matrix.elements(), matrix.rows(), matrix.columns());
    long squares = MuonUpdate.squares(matrix);
    INDArray square = scratch(u, squares, side, side);
    INDArray polynomial = scratch(u, squares + (long) side * side, side, side);
    for (int i = 0; i < MuonUpdate.ITERATIONS; i++) {
      Nd4jOperations.product(wide ? x : x.transpose(), wide ? x.transpose() : x, square);
      Nd4jOperations.product(square, square, polynomial);
      polynomial.muli(MuonUpdate.C).addi(square.muli(MuonUpdate.B));
      Nd4jOperations.product(wide ? polynomial : x, wide ? x : polynomial, next);
      next.addi(x.muli(MuonUpdate.A));
      INDArray done = x;
      x = next;
      next = done;
    }
    return x;
  }

  private static INDArray view(Tensor tensor, MatrixRange matrix) {
    long[] shape = {matrix.rows(), matrix.columns()};
    return ((Nd4jTensor) tensor).view(matrix.from(), shape, new long[] {matrix.stride(), 1});
  }

  private static INDArray scratch(MuonUpdate u, long from, int rows, int columns) {
    return ((Nd4jTensor) u.scratch()).view(from, rows, columns);
  }
}
