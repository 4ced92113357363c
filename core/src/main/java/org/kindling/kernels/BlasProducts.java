package org.kindling.kernels;

import java.nio.ByteBuffer;

/** Matrix products in float32. */
final class BlasProducts implements MatrixProducts {
  private final Blas blas;
  private final Blas.Matrix left = new Blas.Matrix();
  private final Blas.Matrix right = new Blas.Matrix();
  private final Blas.Matrix result = new Blas.Matrix();

  BlasProducts(Blas blas) {
    this.blas = blas;
  }

  @Override
  public Precision precision() {
    return Precision.FP32;
  }

  @Override
  public long copiesBytes(long weights, long inputs, long outputs) {
    return 0;
  }

  @Override
  public void linear(Linear layer, int rows, CpuTensor x, CpuTensor y) {
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    ByteBuffer bias = CpuTensor.of(layer.bias().value()).buffer();
    ByteBuffer target = y.buffer();
    // Adding to rows of bias costs nothing: BLAS would have cleared the result first.
    for (int row = 0; row < rows; row++) {
      VectorRows.copy(bias, 0, target, row * outputs, outputs);
    }
    left.at(x, 0, inputs);
    right.at(CpuTensor.of(layer.weight().value()), 0, outputs);
    result.at(y, 0, outputs);
    blas.extent(rows, outputs, inputs).factors(1f, 1f).product(left, right, result);
  }

  @Override
  public void linearBackward(Linear layer, int rows, CpuTensor x, CpuTensor dy, CpuTensor dx) {
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    left.at(x, 0, inputs);
    right.at(dy, 0, outputs);
    result.at(CpuTensor.of(layer.weight().gradient()), 0, outputs);
    blas.extent(inputs, outputs, rows).factors(1f, 1f).transposedProduct(left, right, result);
    left.at(dy, 0, outputs);
    right.at(CpuTensor.of(layer.weight().value()), 0, outputs);
    result.at(dx, 0, inputs);
    blas.extent(rows, inputs, outputs).factors(1f, 0f).productTransposed(left, right, result);
  }

  @Override
  public void logits(Unembedding u, Rows rows, CpuTensor x, Logits logits) {
    left.at(x, (long) rows.first() * u.width(), u.width());
    right.at(CpuTensor.of(u.weight().value()), 0, u.width());
    result.at(logits.tensor(), 0, logits.stride());
    blas.extent(rows.count(), u.vocabulary(), u.width()).factors(1f, 0f);
    blas.productTransposed(left, right, result);
  }

  @Override
  public void logitsBackward(Unembedding u, Rows rows, CpuTensor x, Logits dLogits, CpuTensor dx) {
    int width = u.width();
    int count = rows.count();
    long at = (long) rows.first() * width;
    left.at(dLogits.tensor(), 0, dLogits.stride());
    right.at(CpuTensor.of(u.weight().value()), 0, width);
    result.at(dx, at, width);
    blas.extent(count, width, u.vocabulary()).factors(1f, 0f).product(left, right, result);
    right.at(x, at, width);
    result.at(CpuTensor.of(u.weight().gradient()), 0, width);
    blas.extent(u.vocabulary(), width, count)
        .factors(1f, 1f)
        .transposedProduct(left, right, result);
  }

  @Override
  public void close() {
    // Holds no memory of its own.
  }
}
