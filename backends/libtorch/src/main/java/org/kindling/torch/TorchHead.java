package org.kindling.torch;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.OutputHead;

/** lm_head and its loss, some rows of logits at a time. */
record TorchHead(TorchDevice device, TorchProducts products) {
  /** Logits held at a time: of a core few, of a GPU so many that its products are large. */
  private static final int ON_CPU = 1 << 21;

  private static final int ON_GPU = 1 << 26;

  private int rows(int vocabulary) {
    return Math.max(1, (device.isGpu() ? ON_GPU : ON_CPU) / vocabulary);
  }

  long scratch(int vocabulary) {
    return (long) rows(vocabulary) * vocabulary;
  }

  private static Tensor weight(OutputHead head) {
    return TorchTensor.of(head.weight().value()).matrix(0, head.vocabulary(), head.width());
  }

  /** Logits before the cap. */
  private void product(OutputHead head, Tensor x, Tensor logits) {
    products.product(x, weight(head).t(), logits);
  }

  /**
   * @param x [rows, width]
   * @param logits [rows, vocabulary]
   */
  void logits(OutputHead head, Tensor x, Tensor logits) {
    product(head, x, logits);
    if (head.softCap() > 0) {
      cap(head, logits);
    }
  }

  /** Caps logits; returns tanh of those before by the cap. */
  private static Tensor cap(OutputHead head, Tensor logits) {
    Tensor tanh = logits.mul(new Scalar(1 / head.softCap())).tanh_();
    torch.mul_out(logits, tanh, new Scalar(head.softCap()));
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
    int most = rows(head.vocabulary());
    try (PointerScope scope = device.enter()) {
      Tensor losses = torch.empty(new long[] {rows}, device.options(ScalarType.Double), null);
      for (int first = 0; first < rows; first += most) {
        int count = Math.min(most, rows - first);
        try (PointerScope ofChunk = new PointerScope()) {
          Chunk chunk = new Chunk(first, count, x, targets);
          losses.narrow(0, first, count).copy_(chunk(head, chunk, backward));
        }
      }
      return TorchElements.sum(losses);
    }
  }

  /** Rows whose logits are held at the same time. */
  private record Chunk(int first, int count, TorchTensor x, Kernels.Targets targets) {
    Tensor rows(TorchTensor of, int width) {
      return of.matrix((long) first * width, count, width);
    }

    boolean areWeighted() {
      return targets.weights() != null;
    }

    /** [count] on the host */
    Tensor weights() {
      Tensor weights = torch.empty(new long[] {count}, new TensorOptions(ScalarType.Float), null);
      new FloatPointer(weights.data_ptr()).put(targets.weights(), first, count);
      return weights;
    }
  }

  /** Weighted losses [count] of a chunk, in nats. */
  private Tensor chunk(OutputHead head, Chunk chunk, Backward backward) {
    Tensor in = chunk.rows(chunk.x(), head.width());
    Tensor logits = TorchTensor.of(head.scratch()).matrix(0, chunk.count(), head.vocabulary());
    product(head, in, logits);
    Tensor tanh = head.softCap() > 0 ? cap(head, logits) : null;
    Tensor ids =
        TorchTensor.ids(chunk.targets().ids(), chunk.first(), chunk.count(), device.place())
            .unsqueeze(1);
    Tensor logProbabilities = torch.log_softmax(logits, 1);
    Tensor losses = logProbabilities.gather(1, ids).squeeze(1).to(ScalarType.Double).neg_();
    Tensor weights =
        chunk.areWeighted() ? chunk.weights().to(device.place(), ScalarType.Double) : null;
    if (weights != null) {
      losses.mul_(weights);
    }
    if (backward != null) {
      Tensor d = torch.exp_out(logits, logProbabilities);
      d.scatter_(1, ids, d.gather(1, ids).sub_(new Scalar(1)));
      if (weights != null) {
        d.mul_(weights.to(d.scalar_type()).unsqueeze(1));
      }
      if (tanh != null) {
        d.mul_(tanh.square_().neg_().add_(new Scalar(1)));
      }
      backward(head, chunk, d, backward);
    }
    return losses;
  }

  /**
   * @param d [count, vocabulary], gradient of the logits but for the factor
   */
  private void backward(OutputHead head, Chunk chunk, Tensor d, Backward backward) {
    Tensor rounded = products.factor(d);
    Tensor dx = chunk.rows(backward.dx(), head.width());
    products.product(rounded, weight(head), dx);
    dx.mul_(new Scalar(backward.factor()));
    Tensor gradient =
        TorchTensor.of(head.weight().gradient()).matrix(0, head.vocabulary(), head.width());
    products.addProduct(
        rounded.t(), chunk.rows(chunk.x(), head.width()), backward.factor(), gradient);
  }
}
