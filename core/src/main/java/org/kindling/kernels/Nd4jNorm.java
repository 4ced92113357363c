package org.kindling.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Norms of the rows of a matrix. Statistics are, of a layer norm, all means and then all reciprocal
 * standard deviations; of an RMS norm, all reciprocal roots.
 */
final class Nd4jNorm {
  private Nd4jNorm() {}

  /** What a whole matrix is normalised from, to, and with. */
  record Operands(Nd4jTensor input, Nd4jTensor output, Nd4jTensor statistics) {}

  static void forward(Norm norm, long rows, Operands operands) {
    INDArray x = operands.input().view(0, rows, norm.width());
    INDArray y = forward(norm, x, operands.statistics());
    operands.output().view(0, rows, norm.width()).assign(y);
  }

  /** A new matrix. */
  static INDArray forward(Norm norm, INDArray x, Nd4jTensor statistics) {
    long rows = x.size(0);
    INDArray centred = x;
    if (norm.kind() == Norm.Kind.LAYER) {
      INDArray mean = x.mean(true, 1);
      statistics.view(0, rows, 1).assign(mean);
      centred = x.sub(mean);
    }
    INDArray square = centred.mul(centred).mean(true, 1);
    INDArray reciprocal = Transforms.sqrt(square.addi(norm.epsilon()), false).rdivi(1);
    statistics.view(norm.kind() == Norm.Kind.LAYER ? rows : 0, rows, 1).assign(reciprocal);
    INDArray y = centred.mul(reciprocal).muliRowVector(gain(norm));
    return norm.bias() == null ? y : y.addiRowVector(vector(norm, norm.bias().value()));
  }

  private static INDArray gain(Norm norm) {
    return vector(norm, norm.gain().value());
  }

  private static INDArray vector(Norm norm, Tensor tensor) {
    return ((Nd4jTensor) tensor).view(0, norm.width());
  }

  /** Adds to the gradients of gain and bias; returns that of x, a new matrix. */
  static INDArray backward(Norm norm, INDArray x, Nd4jTensor statistics, INDArray dy) {
    long rows = x.size(0);
    boolean layer = norm.kind() == Norm.Kind.LAYER;
    INDArray reciprocal = statistics.view(layer ? rows : 0, rows, 1);
    INDArray hat = layer ? x.sub(statistics.view(0, rows, 1)) : x.dup('c');
    hat.muli(reciprocal);
    vector(norm, norm.gain().gradient()).addi(dy.mul(hat).sum(0));
    if (layer) {
      vector(norm, norm.bias().gradient()).addi(dy.sum(0));
    }
    INDArray d = dy.mulRowVector(gain(norm));
    INDArray meanOfProduct = d.mul(hat).mean(true, 1);
    if (layer) {
      d.subi(d.mean(true, 1));
    }
    return d.subi(hat.muli(meanOfProduct)).muli(reciprocal);
  }
}
