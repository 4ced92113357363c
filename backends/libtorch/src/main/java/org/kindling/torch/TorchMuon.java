package org.kindling.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.kindling.kernels.MatrixRange;
import org.kindling.kernels.MuonUpdate;
import org.kindling.kernels.Precision;

/**
 * The step of {@link MuonUpdate} by libtorch's operations, inside a scope of its caller's. In bf16
 * the whole iteration is, as in its authors' program; momentum and parameters are float32.
 */
final class TorchMuon {
  private TorchMuon() {}

  static void step(MuonUpdate u, MatrixRange matrix, Precision precision) {
    Tensor g = view(u.gradients(), matrix);
    if (u.gradientScale() != 1) {
      g = g.mul(new Scalar(u.gradientScale()));
    }
    Tensor m = view(u.momentum(), matrix);
    m.lerp_(g, new Scalar(1 - u.momentumFactor()));
    Tensor update = g.lerp(m, new Scalar(u.momentumFactor()));
    update.div_(update.norm().add(new Scalar(MuonUpdate.EPSILON)));
    TorchTensor scratch = TorchTensor.of(u.scratch(), precision);
    Tensor x = scratch.matrix(0, matrix.rows(), matrix.columns());
    x.copy_(update);
    Tensor result = iterate(matrix, scratch, x);
    Tensor p = view(u.parameters(), matrix);
    p.mul_(new Scalar(1 - u.learningRate() * u.decay()));
    p.sub_(result, new Scalar(u.rate(matrix)));
  }

  private static Tensor iterate(MatrixRange matrix, TorchTensor scratch, Tensor first) {
    int side = matrix.shorter();
    boolean wide = matrix.rows() <= matrix.columns();
    Tensor x = first;
    Tensor next = scratch.matrix(matrix.elements(), matrix.rows(), matrix.columns());
    long squares = MuonUpdate.squares(matrix);
    Tensor square = scratch.matrix(squares, side, side);
    Tensor polynomial = scratch.matrix(squares + (long) side * side, side, side);
    Scalar one = new Scalar(1.0);
    for (int i = 0; i < MuonUpdate.ITERATIONS; i++) {
      torch.mm_out(square, wide ? x : x.t(), wide ? x.t() : x);
      torch.addmm_out(
          polynomial, square, square, square, new Scalar(MuonUpdate.B), new Scalar(MuonUpdate.C));
      Tensor left = wide ? polynomial : x;
      Tensor right = wide ? x : polynomial;
      torch.addmm_out(next, x, left, right, new Scalar(MuonUpdate.A), one);
      Tensor done = x;
      x = next;
      next = done;
    }
    return x;
  }

  private static Tensor view(org.kindling.kernels.Tensor tensor, MatrixRange matrix) {
    return TorchTensor.of(tensor)
        .view(
            matrix.from(),
            new long[] {matrix.rows(), matrix.columns()},
            new long[] {matrix.stride(), 1});
  }
}
