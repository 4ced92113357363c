package org.kindling.torch;

import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.AdamWUpdate;

/** What is done to flat vectors, in pieces: what is made on the way is small. */
record TorchElements(TorchDevice device) {
  private static final long PIECE_OF_CPU = 1 << 18;
  private static final long PIECE_OF_GPU = 1 << 24;

  private long piece() {
    return device.isGpu() ? PIECE_OF_GPU : PIECE_OF_CPU;
  }

  /** In double precision, pieces in their order. */
  double sumOfSquares(TorchTensor tensor) {
    int pieces = Math.toIntExact((tensor.size() + piece() - 1) / piece());
    try (PointerScope scope = device.enter()) {
      Tensor sums = torch.zeros(new long[] {pieces}, device.options(ScalarType.Double));
      for (int i = 0; i < pieces; i++) {
        try (PointerScope ofPiece = new PointerScope()) {
          long length = Math.min(piece(), tensor.size() - i * piece());
          Tensor values = tensor.vector(i * piece(), length).to(ScalarType.Double);
          sums.select(0, i).copy_(values.square_().sum(new ScalarTypeOptional(ScalarType.Double)));
        }
      }
      return sum(sums);
    }
  }

  /** In the order of elements, which libtorch's own sum leaves open. */
  static double sum(Tensor values) {
    try (PointerScope scope = new PointerScope()) {
      Tensor host = values.to(new Device("cpu"), ScalarType.Double).contiguous();
      double[] all = new double[(int) host.numel()];
      new DoublePointer(host.data_ptr()).get(all);
      return Arrays.stream(all).reduce(0, Double::sum);
    }
  }

  void adamW(AdamWUpdate update, AdamWUpdate.Range range) {
    for (long done = 0; done < range.length(); done += piece()) {
      try (PointerScope scope = device.enter()) {
        long length = Math.min(piece(), range.length() - done);
        adamWPiece(
            update,
            new AdamWUpdate.Range(
                range.from() + done, length, range.second() + done, range.decay()));
      }
    }
  }

  private void adamWPiece(AdamWUpdate u, AdamWUpdate.Range range) {
    long from = range.from();
    long length = range.length();
    Tensor gradient = TorchTensor.of(u.gradients()).vector(from, length);
    if (u.gradientScale() != 1) {
      gradient = gradient.mul(new Scalar(u.gradientScale()));
    }
    Tensor step =
        torch.full(new long[] {}, new Scalar((double) u.step()), device.options(ScalarType.Float));
    Operators.call(
        "_fused_adamw_",
        list(TorchTensor.of(u.parameters()).vector(from, length)),
        list(gradient),
        list(TorchTensor.of(u.firstMoment()).vector(from, length)),
        list(TorchTensor.of(u.secondMoment()).vector(range.second(), length)),
        list(),
        list(step),
        u.learningRate(),
        u.beta1(),
        u.beta2(),
        range.decay(),
        u.epsilon(),
        false,
        false,
        null,
        null);
  }

  /** A list of tensors and one of values have the same layout; a value takes the second. */
  private static IValue list(Tensor... tensors) {
    return new IValue(new GenericList(new TensorList(new TensorVector(tensors))));
  }
}
