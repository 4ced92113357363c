package org.kindling.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.kindling.kernels.Activation;

/**
 * What stands between an MLP's projections, of tensors in one precision. Everything made here lives
 * in the caller's scope.
 */
final class TorchActivation {
  private static final String TANH = "tanh";

  private TorchActivation() {}

  /**
   * @param x [rows, width · factors]
   * @param y [rows, width]
   */
  static void forward(Activation activation, Tensor x, Tensor y) {
    if (activation.isGated()) {
      long width = y.size(1);
      gated(activation, x.narrow(1, 0, width), x.narrow(1, width, width), y);
    } else if (activation == Activation.GELU) {
      torch.gelu_out(y, x, TANH);
      x.copy_(geluDerivative(x));
    } else {
      x.relu_();
      torch.mul_out(y, x, x);
      x.mul_(new Scalar(2));
    }
  }

  private static Tensor geluDerivative(Tensor x) {
    return torch.gelu_backward(one(x), x, TANH);
  }

  /** As large as x, without its memory. */
  private static Tensor one(Tensor x) {
    return torch.ones(new long[] {1}, x.options()).expand_as(x);
  }

  /** The derivative by each factor takes its place. */
  private static void gated(Activation activation, Tensor gate, Tensor up, Tensor out) {
    boolean swiglu = activation == Activation.SWIGLU;
    Tensor value = swiglu ? torch.silu(gate) : torch.gelu(gate, TANH);
    Tensor derivative = swiglu ? torch.silu_backward(one(gate), gate) : geluDerivative(gate);
    torch.mul_out(out, value, up);
    torch.mul_out(gate, derivative, up);
    up.copy_(value);
  }

  /**
   * @param x [rows, width · factors]
   * @param dy [rows, width]
   */
  static void backward(Activation activation, Tensor x, Tensor dy) {
    long rows = dy.size(0);
    x.view(rows, activation.factors(), dy.size(1)).mul_(dy.unsqueeze(1));
  }
}
