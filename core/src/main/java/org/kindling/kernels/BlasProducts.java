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
    CpuTensor weight = CpuTensor.of(layer.weight().value());
    boolean biased = layer.bias() != null;
    if (biased) {
      // Adding to rows of bias costs nothing: BLAS would have cleared the result first.
      copyToRows(CpuTensor.of(layer.bias().value()), rows, outputs, y);
    }
    left.at(x, 0, inputs);
    result.at(y, 0, outputs);
    blas.extent(rows, outputs, inputs).factors(1f, biased ? 1f : 0f);
    if (layer.layout() == Linear.Layout.INPUTS_FIRST) {
      blas.product(left, right.at(weight, 0, outputs), result);
    } else {
      blas.productTransposed(left, right.at(weight, 0, inputs), result);
    }
  }

  private static void copyToRows(CpuTensor bias, int rows, int outputs, CpuTensor y) {
    ByteBuffer source = bias.buffer();
    for (int row = 0; row < rows; row++) {
      long at = (long) row * outputs;
      VectorRows.copy(source, 0, y.window(at), CpuTensor.within(at), outputs);
    }
  }

  @Override
  public void linearBackward(Linear layer, int rows, CpuTensor x, CpuTensor dy, CpuTensor dx) {
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    CpuTensor gradient = CpuTensor.of(layer.weight().gradient());
    CpuTensor weight = CpuTensor.of(layer.weight().value());
    if (layer.layout() == Linear.Layout.INPUTS_FIRST) {
      blas.extent(inputs, outputs, rows).factors(1f, 1f);
      result.at(gradient, 0, outputs);
      blas.transposedProduct(left.at(x, 0, inputs), right.at(dy, 0, outputs), result);
      blas.extent(rows, inputs, outputs).factors(1f, 0f);
      result.at(dx, 0, inputs);
      blas.productTransposed(left.at(dy, 0, outputs), right.at(weight, 0, outputs), result);
    } else {
      blas.extent(outputs, inputs, rows).factors(1f, 1f);
      result.at(gradient, 0, inputs);
      blas.transposedProduct(left.at(dy, 0, outputs), right.at(x, 0, inputs), result);
      blas.extent(rows, inputs, outputs).factors(1f, 0f);
      result.at(dx, 0, inputs);
      blas.product(left.at(dy, 0, outputs), right.at(weight, 0, inputs), result);
    }
  }

  @Override
  public void logits(OutputHead u, Rows rows, CpuTensor x, Logits logits) {
    left.at(x, (long) rows.first() * u.width(), u.width());
    right.at(CpuTensor.of(u.weight().value()), 0, u.width());
    result.at(logits.tensor(), 0, logits.stride());
    blas.extent(rows.count(), u.vocabulary(), u.width()).factors(1f, 0f);
    blas.productTransposed(left, right, result);
  }

  @Override
  public void logitsBackward(OutputHead u, Rows rows, CpuTensor x, Logits dLogits, CpuTensor dx) {
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
