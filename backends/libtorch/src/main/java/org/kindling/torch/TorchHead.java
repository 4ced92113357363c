package org.kindling.torch;

import java.util.Arrays;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.OutputHead;

/** lm_head and its loss, some rows of logits at a time. */
final class TorchHead {
  /** Logits held at a time. */
  private static final int LOGITS = 1 << 22;

  private final TorchProducts products;

  TorchHead(TorchProducts products) {
    this.products = products;
  }

  private static int rows(int vocabulary) {
    return Math.max(1, LOGITS / vocabulary);
  }

  static long scratch(int vocabulary) {
    return (long) rows(vocabulary) * vocabulary;
  }

  private static Tensor weight(OutputHead head) {
    return TorchTensor.of(head.weight().value()).matrix(0, head.vocabulary(), head.width());
  }

  /** Logits before the cap. */
  private void product(OutputHead head, Tensor x, Tensor logits) {
    products.product(x, weight(head).t(), logits);
  }

  void logits(OutputHead head, int rows, TorchTensor x, TorchTensor logits) {
    Tensor out = logits.matrix(0, rows, head.vocabulary());
    product(head, x.matrix(0, rows, head.width()), out);
    if (head.softCap() > 0) {
      cap(head, out);
    }
  }

  /** Caps logits; returns tanh of those before by the cap. */
  private static Tensor cap(OutputHead head, Tensor logits) {
    Tensor tanh = logits.mul(new Scalar(1 / head.softCap())).tanh();
    logits.copy_(tanh.mul(new Scalar(head.softCap())));
    return tanh;
  }

  /**
   * What a backward pass wants.
   *
   * @param factor on every gradient
   * @param dx [rows, width]
   */
  record Backward(float factor, TorchTensor dx) {}

  /**
   * @param backward null for the loss alone
   */
  double loss(
      OutputHead head, int rows, TorchTensor x, Kernels.Targets targets, Backward backward) {
    double sum = 0;
    int most = rows(head.vocabulary());
    for (int first = 0; first < rows; first += most) {
      int count = Math.min(most, rows - first);
      try (PointerScope scope = new PointerScope()) {
        sum += chunk(head, new Chunk(first, count, x, targets), backward);
      }
    }
    return sum;
  }

  /** Rows whose logits are held at the same time. */
  private record Chunk(int first, int count, TorchTensor x, Kernels.Targets targets) {
    Tensor rows(TorchTensor of, int width) {
      return of.matrix((long) first * width, count, width);
    }

    Tensor ids(Tensor like) {
      return TorchTensor.ids(targets.ids(), first, count)
          .unsqueeze(1)
          .to(like.device(), ScalarType.Long);
    }

    /** [count, 1] */
    Tensor weights(Tensor like, double factor) {
      Tensor weights =
          torch.empty(new long[] {count, 1}, new TensorOptions(ScalarType.Double), null);
      DoublePointer values = new DoublePointer(weights.data_ptr());
      for (int i = 0; i < count; i++) {
        float weight = targets.weights() == null ? 1 : targets.weights()[first + i];
        values.put(i, weight * factor);
      }
      return weights.to(like.device(), like.scalar_type());
    }
  }

  /** In row order, which libtorch's own sum leaves open. */
  private static double sum(Tensor losses) {
    Tensor host = losses.to(new Device("cpu"), ScalarType.Double).contiguous();
    double[] rows = new double[(int) host.numel()];
    new DoublePointer(host.data_ptr()).get(rows);
    return Arrays.stream(rows).reduce(0, Double::sum);
  }

  private double chunk(OutputHead head, Chunk chunk, Backward backward) {
    Tensor in = chunk.rows(chunk.x(), head.width());
    Tensor logits = TorchTensor.of(head.scratch()).matrix(0, chunk.count(), head.vocabulary());
    product(head, in, logits);
    Tensor tanh = head.softCap() > 0 ? cap(head, logits) : null;
    Tensor ids = chunk.ids(logits);
    Tensor logSum = logits.logsumexp(new long[] {1}, true);
    Tensor losses = logSum.sub(logits.gather(1, ids)).to(ScalarType.Double);
    Tensor weighted = losses.mul_(chunk.weights(losses, 1));
    double loss = sum(weighted);
    if (backward != null) {
      logits.sub_(logSum).exp_();
      logits.scatter_add_(1, ids, torch.full_like(logSum, new Scalar(-1)));
      logits.mul_(chunk.weights(logits, backward.factor()));
      if (tanh != null) {
        logits.mul_(tanh.square_().neg_().add_(new Scalar(1)));
      }
      products.product(logits, weight(head), chunk.rows(backward.dx(), head.width()));
      Tensor gradient =
          TorchTensor.of(head.weight().gradient()).matrix(0, head.vocabulary(), head.width());
      products.addProduct(logits.t(), in, gradient);
    }
    return loss;
  }
}
