package org.kindling.kernels;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** The functions between an MLP's projections. */
final class Nd4jActivation {
  private static final double SLOPE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private Nd4jActivation() {}

  /** Value and derivative of a function, element by element. */
  private record Pair(INDArray value, INDArray derivative) {}

  static void forward(Activation activation, int rows, int width, Nd4jTensor x, INDArray y) {
    if (!activation.isGated()) {
      INDArray in = x.view(0, rows, width);
      Pair pair = activation == Activation.GELU ? gelu(in) : squaredRelu(in);
      y.assign(pair.value());
      in.assign(pair.derivative());
      return;
    }
    INDArray gate = half(x, rows, width, 0);
    INDArray up = half(x, rows, width, width);
    Pair pair = activation == Activation.GEGLU ? gelu(gate) : silu(gate);
    y.assign(pair.value().mul(up));
    gate.assign(pair.derivative().mul(up));
    up.assign(pair.value());
  }

  static void backward(Activation activation, int rows, int width, Nd4jTensor x, INDArray dy) {
    if (activation.isGated()) {
      half(x, rows, width, 0).muli(dy);
      half(x, rows, width, width).muli(dy);
    } else {
      x.view(0, rows, width).muli(dy);
    }
  }

  /** [rows, width] of a matrix twice as wide. */
  private static INDArray half(Nd4jTensor x, int rows, int width, int from) {
    return x.view(from, new long[] {rows, width}, new long[] {2L * width, 1});
  }

  /** gelu' = (1 + tanh) / 2 + x / 2 · (1 − tanh²) · slope. */
  private static Pair gelu(INDArray x) {
    INDArray square = x.mul(x);
    INDArray tanh = Transforms.tanh(square.mul(CUBIC).addi(1).muli(x).muli(SLOPE), false);
    INDArray slope = square.muli(3 * CUBIC * SLOPE).addi(SLOPE);
    INDArray derivative = tanh.mul(tanh).rsubi(1).muli(slope).muli(x).addi(1).addi(tanh);
    return new Pair(tanh.addi(1).muli(x).muli(0.5), derivative.muli(0.5));
  }

  private static Pair squaredRelu(INDArray x) {
    INDArray positive = Transforms.relu(x, true);
    return new Pair(positive.mul(positive), positive.mul(2));
  }

  /** silu' = s + silu · (1 − s), with s the sigmoid. */
  private static Pair silu(INDArray x) {
    INDArray sigmoid = Transforms.sigmoid(x, true);
    INDArray silu = x.mul(sigmoid);
    INDArray derivative = sigmoid.rsub(1).muli(silu).addi(sigmoid);
    return new Pair(silu, derivative);
  }
}
