package org.kindling.kernels;

/** Norms of one row in double precision. The backward pass computes statistics again. */
final class PlainNorm {
  private PlainNorm() {}

  /**
   * @param hat [width], the row at mean 0 and variance 1, or at mean square 1
   * @param reciprocal of the standard deviation, or of the root of the mean square
   */
  private record Row(double[] hat, double reciprocal) {}

  private static Row row(Norm norm, PlainTensor x, int at) {
    int n = norm.width();
    double mean = 0;
    for (int i = 0; norm.kind() == Norm.Kind.LAYER && i < n; i++) {
      mean += x.get(at + i) / n;
    }
    double square = 0;
    for (int i = 0; i < n; i++) {
      square += Math.pow(x.get(at + i) - mean, 2) / n;
    }
    double reciprocal = 1 / Math.sqrt(square + norm.epsilon());
    double[] hat = new double[n];
    for (int i = 0; i < n; i++) {
      hat[i] = (x.get(at + i) - mean) * reciprocal;
    }
    return new Row(hat, reciprocal);
  }

  static void forward(Norm norm, PlainTensor x, int at, PlainTensor y, int to) {
    double[] hat = row(norm, x, at).hat();
    for (int i = 0; i < norm.width(); i++) {
      double gain = PlainTensor.of(norm.gain().value()).get(i);
      double bias = norm.bias() == null ? 0 : PlainTensor.of(norm.bias().value()).get(i);
      y.set(to + i, hat[i] * gain + bias);
    }
  }

  /** Adds to the gradients of gain and bias; returns that of the row. */
  static double[] backward(Norm norm, PlainTensor x, int at, PlainTensor dy, int dAt) {
    int n = norm.width();
    Row row = row(norm, x, at);
    double meanOfD = 0;
    double meanOfProduct = 0;
    double[] d = new double[n];
    for (int i = 0; i < n; i++) {
      double dyi = dy.get(dAt + i);
      d[i] = dyi * PlainTensor.of(norm.gain().value()).get(i);
      meanOfD += d[i] / n;
      meanOfProduct += d[i] * row.hat()[i] / n;
      PlainTensor.of(norm.gain().gradient()).add(i, dyi * row.hat()[i]);
      if (norm.bias() != null) {
        PlainTensor.of(norm.bias().gradient()).add(i, dyi);
      }
    }
    double[] dx = new double[n];
    for (int i = 0; i < n; i++) {
      double centred = norm.kind() == Norm.Kind.LAYER ? d[i] - meanOfD : d[i];
      dx[i] = (centred - row.hat()[i] * meanOfProduct) * row.reciprocal();
    }
    return dx;
  }
}
