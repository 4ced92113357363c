package org.kindling.torch;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.AdamWUpdate;

/** What is done to flat vectors, in pieces: what is made on the way is small. */
final class TorchElements {
  private static final long PIECE = 1 << 20;

  private TorchElements() {}

  static double sumOfSquares(TorchTensor tensor) {
    double sum = 0;
    for (long from = 0; from < tensor.size(); from += PIECE) {
      try (PointerScope scope = new PointerScope()) {
        long length = Math.min(PIECE, tensor.size() - from);
        Tensor piece = tensor.vector(from, length).to(ScalarType.Double);
        sum += piece.square().sum(new ScalarTypeOptional(ScalarType.Double)).item_double();
      }
    }
    return sum;
  }

  static void adamW(AdamWUpdate update, long from, long length, double decay) {
    for (long done = 0; done < length; done += PIECE) {
      try (PointerScope scope = new PointerScope()) {
        adamWPiece(update, from + done, Math.min(PIECE, length - done), decay);
      }
    }
  }

  private static void adamWPiece(AdamWUpdate u, long from, long length, double decay) {
    Tensor gradient =
        TorchTensor.of(u.gradients()).vector(from, length).mul(new Scalar(u.gradientScale()));
    Tensor first = TorchTensor.of(u.firstMoment()).vector(from, length);
    Tensor second = TorchTensor.of(u.secondMoment()).vector(from, length);
    first.lerp_(gradient, new Scalar(1 - u.beta1()));
    second.mul_(new Scalar(u.beta2()));
    second.addcmul_(gradient, gradient, new Scalar(1 - u.beta2()));
    Tensor root = second.mul(new Scalar(1 / u.correction2())).sqrt_().add_(new Scalar(u.epsilon()));
    Tensor parameters = TorchTensor.of(u.parameters()).vector(from, length);
    parameters.mul_(new Scalar(1 - u.learningRate() * decay));
    parameters.addcdiv_(first, root, new Scalar(-u.learningRate() / u.correction1()));
  }
}
