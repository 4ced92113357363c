package org.kindling.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.kindling.kernels.Norm;

/**
 * Norms of the last axis. Statistics are, of a layer norm, all means and then all reciprocal
 * standard deviations; of an RMS norm, all reciprocal roots. Everything made here lives as long as
 * the caller's scope.
 */
final class TorchNorm {
  private static final long[] LAST = {-1};

  private TorchNorm() {}

  private static Tensor mean(Tensor x) {
    return x.mean(LAST, true, new ScalarTypeOptional());
  }

  private static Tensor gain(Norm norm) {
    return TorchTensor.of(norm.gain().value()).vector(0, norm.width());
  }

  /**
   * @param x [..., width]
   * @param y like x; may not overlap it
   * @param statistics of as many rows
   */
  static void forward(Norm norm, Tensor x, Tensor y, TorchTensor statistics) {
    long rows = x.numel() / norm.width();
    boolean layer = norm.kind() == Norm.Kind.LAYER;
    Tensor centred = x;
    if (layer) {
      Tensor mean = mean(x);
      statistics.vector(0, rows).copy_(mean.reshape(rows));
      centred = x.sub(mean);
    }
    Tensor reciprocal = mean(centred.square()).add(new Scalar(norm.epsilon())).rsqrt();
    statistics.vector(layer ? rows : 0, rows).copy_(reciprocal.reshape(rows));
    y.copy_(centred.mul(reciprocal).mul_(gain(norm)));
    if (layer) {
      y.add_(TorchTensor.of(norm.bias().value()).vector(0, norm.width()));
    }
  }

  /** Adds to the gradients of gain and bias; returns that of x. */
  static Tensor backward(Norm norm, Tensor x, TorchTensor statistics, Tensor dy) {
    long rows = x.numel() / norm.width();
    boolean layer = norm.kind() == Norm.Kind.LAYER;
    long[] perRow = x.sizes().vec().get();
    perRow[perRow.length - 1] = 1;
    Tensor reciprocal = statistics.vector(layer ? rows : 0, rows).reshape(perRow);
    Tensor centred = layer ? x.sub(statistics.vector(0, rows).reshape(perRow)) : x;
    Tensor hat = centred.mul(reciprocal);
    Tensor dGain = dy.mul(hat).reshape(rows, norm.width()).sum(0);
    TorchTensor.of(norm.gain().gradient()).vector(0, norm.width()).add_(dGain);
    if (layer) {
      Tensor dBias = dy.reshape(rows, norm.width()).sum(0);
      TorchTensor.of(norm.bias().gradient()).vector(0, norm.width()).add_(dBias);
    }
    Tensor d = dy.mul(gain(norm));
    Tensor change = d.sub(hat.mul(mean(d.mul(hat))));
    return (layer ? change.sub_(mean(d)) : change).mul_(reciprocal);
  }
}
