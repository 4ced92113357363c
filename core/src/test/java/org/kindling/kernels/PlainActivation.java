package org.kindling.kernels;

/** The functions between an MLP's projections, and their derivatives, of one number. */
final class PlainActivation {
  private static final double SLOPE = Math.sqrt(2 / Math.PI);
  private static final double CUBIC = 0.044715;

  private PlainActivation() {}

  static double value(Activation activation, double x) {
    return switch (activation) {
      case GELU, GEGLU -> 0.5 * x * (1 + Math.tanh(SLOPE * (x + CUBIC * x * x * x)));
      case RELU2 -> x > 0 ? x * x : 0;
      case SWIGLU -> x / (1 + Math.exp(-x));
    };
  }

  static double derivative(Activation activation, double x) {
    return switch (activation) {
      case GELU, GEGLU -> {
        double tanh = Math.tanh(SLOPE * (x + CUBIC * x * x * x));
        double inner = SLOPE * (1 + 3 * CUBIC * x * x);
        yield 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * inner;
      }
      case RELU2 -> x > 0 ? 2 * x : 0;
      case SWIGLU -> {
        double sigmoid = 1 / (1 + Math.exp(-x));
        yield sigmoid + x * sigmoid * (1 - sigmoid);
      }
    };
  }

  static void forward(Activation activation, int rows, int width, PlainTensor x, PlainTensor y) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < width; i++) {
        int at = row * width * activation.factors() + i;
        double value = value(activation, x.get(at));
        double derivative = derivative(activation, x.get(at));
        double up = activation.isGated() ? x.get(at + width) : 1;
        y.set(row * width + i, value * up);
        x.set(at, derivative * up);
        if (activation.isGated()) {
          x.set(at + width, value);
        }
      }
    }
  }

  static void backward(Activation activation, int rows, int width, PlainTensor x, PlainTensor dy) {
    for (int row = 0; row < rows; row++) {
      for (int half = 0; half < activation.factors(); half++) {
        for (int i = 0; i < width; i++) {
          int at = (row * activation.factors() + half) * width + i;
          x.set(at, x.get(at) * dy.get(row * width + i));
        }
      }
    }
  }
}
