package org.kindling.torch;

import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Norm;
import org.kindling.kernels.Parameter;

/**
 * Norms of the last axis, in float32 at least. Statistics are, of a layer norm, all means and then
 * all reciprocal standard deviations; of an RMS norm, all reciprocal roots. Everything made here
 * lives as long as the caller's scope.
 */
final class TorchNorm {
  private static final long[] LAST = {-1};

  private TorchNorm() {}

  private static Tensor mean(Tensor x) {
    return x.mean(LAST, true, new ScalarTypeOptional());
  }

  private static Tensor gain(Norm norm) {
    return vector(norm.gain(), norm);
  }

  private static Tensor vector(Parameter parameter, Norm norm) {
    return TorchTensor.of(parameter.value()).vector(0, norm.width());
  }

  private static boolean isLayer(Norm norm) {
    return norm.kind() == Norm.Kind.LAYER;
  }

  private static Tensor widened(Tensor x) {
    return TorchTensor.isHalf(x) ? x.to(ScalarType.Float) : x;
  }

  /**
   * @param x [..., width]
   * @param y like x; may not overlap it
   * @param statistics of as many rows
   */
  static void forward(Norm norm, Tensor x, Tensor y, TorchTensor statistics) {
    long rows = x.numel() / norm.width();
    Tensor in = widened(x);
    if (isLayer(norm)) {
      T_TensorTensorTensor_T made =
          torch.native_layer_norm(
              in,
              new long[] {norm.width()},
              new TensorOptional(gain(norm)),
              new TensorOptional(vector(norm.bias(), norm)),
              norm.epsilon());
      y.copy_(made.get0());
      statistics.vector(0, rows).copy_(made.get1().reshape(rows));
      statistics.vector(rows, rows).copy_(made.get2().reshape(rows));
      return;
    }
    Tensor reciprocal = mean(in.square()).add_(new Scalar(norm.epsilon())).rsqrt_();
    statistics.vector(0, rows).copy_(reciprocal.reshape(rows));
    y.copy_(in.mul(reciprocal).mul_(gain(norm)));
  }

  /** Adds to the gradients of gain and bias; returns that of x. */
  static Tensor backward(Norm norm, Tensor x, TorchTensor statistics, Tensor dy) {
    return isLayer(norm)
        ? layerBackward(norm, widened(x), statistics, widened(dy))
        : rmsBackward(norm, widened(x), statistics, widened(dy));
  }

  private static Tensor layerBackward(Norm norm, Tensor x, TorchTensor statistics, Tensor dy) {
    long rows = x.numel() / norm.width();
    BoolPointer all = new BoolPointer(3);
    all.put(0, true).put(1, true).put(2, true);
    T_TensorTensorTensor_T gradients =
        torch.native_layer_norm_backward(
            dy,
            x,
            new long[] {norm.width()},
            statistics.vector(0, rows).view(rows, 1),
            statistics.vector(rows, rows).view(rows, 1),
            new TensorOptional(gain(norm)),
            new TensorOptional(vector(norm.bias(), norm)),
            all);
    gradient(norm.gain(), norm).add_(gradients.get1());
    gradient(norm.bias(), norm).add_(gradients.get2());
    return gradients.get0();
  }

  private static Tensor gradient(Parameter parameter, Norm norm) {
    return TorchTensor.of(parameter.gradient()).vector(0, norm.width());
  }

  private static Tensor rmsBackward(Norm norm, Tensor x, TorchTensor statistics, Tensor dy) {
    long rows = x.numel() / norm.width();
    long[] perRow = x.sizes().vec().get();
    perRow[perRow.length - 1] = 1;
    Tensor reciprocal = statistics.vector(0, rows).reshape(perRow);
    Tensor hat = x.mul(reciprocal);
    gradient(norm.gain(), norm).add_(dy.mul(hat).reshape(rows, norm.width()).sum(0));
    Tensor d = dy.mul(gain(norm));
    return d.sub_(hat.mul_(mean(d.mul(hat)))).mul_(reciprocal);
  }
}
