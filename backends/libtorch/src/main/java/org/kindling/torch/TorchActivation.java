package org.kindling.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.kindling.kernels.Activation;

/** What stands between an MLP's projections. Everything made here lives in the caller's scope. */
final class TorchActivation {
  private static final String TANH = "tanh";

  private TorchActivation() {}

  static void forward(Activation activation, int rows, int width, TorchTensor x, TorchTensor y) {
    Tensor out = y.matrix(0, rows, width);
    if (activation.isGated()) {
      Tensor both = x.matrix(0, rows, 2L * width);
      gated(activation, both.narrow(1, 0, width), both.narrow(1, width, width), out);
      return;
    }
    Tensor in = x.matrix(0, rows, width);
    if (activation == Activation.GELU) {
      out.copy_(torch.gelu(in, TANH));
      in.copy_(geluDerivative(in));
    } else {
      Tensor positive = in.relu();
      out.copy_(positive.square());
      in.copy_(positive.mul_(new Scalar(2)));
    }
  }

  private static Tensor geluDerivative(Tensor x) {
    return torch.gelu_backward(torch.ones_like(x), x, TANH);
  }

  /** The derivative by each factor takes its place. */
  private static void gated(Activation activation, Tensor gate, Tensor up, Tensor out) {
    Tensor value;
    Tensor derivative;
    if (activation == Activation.SWIGLU) {
      Tensor sigmoid = gate.sigmoid();
      value = gate.mul(sigmoid);
      // silu' = s + silu · (1 − s)
      derivative = sigmoid.add(value.sub(value.mul(sigmoid)));
    } else {
      value = torch.gelu(gate, TANH);
      derivative = geluDerivative(gate);
    }
    out.copy_(value.mul(up));
    gate.copy_(derivative.mul_(up));
    up.copy_(value);
  }

  static void backward(Activation activation, int rows, int width, TorchTensor x, TorchTensor dy) {
    int factors = activation.factors();
    long[] strides = {(long) factors * width, width, 1};
    Tensor derivatives = x.view(0, new long[] {rows, factors, width}, strides);
    derivatives.mul_(dy.matrix(0, rows, width).unsqueeze(1));
  }
}
