package org.kindling.kernels;

/** {@link MuonUpdate} as its formula reads, on arrays of doubles, without its scratch. */
public final class PlainMuon {
  private PlainMuon() {}

  static void step(MuonUpdate u, MatrixRange matrix) {
    PlainTensor parameters = PlainTensor.of(u.parameters());
    PlainTensor gradients = PlainTensor.of(u.gradients());
    PlainTensor momentum = PlainTensor.of(u.momentum());
    double factor = u.momentumFactor();
    double[][] x = new double[matrix.rows()][matrix.columns()];
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        long i = matrix.from() + (long) row * matrix.stride() + column;
        double g = u.gradientScale() * gradients.get(i);
        double m = factor * momentum.get(i) + (1 - factor) * g;
        momentum.set(i, m);
        x[row][column] = (1 - factor) * g + factor * m;
      }
    }
    double[][] update = orthogonalize(x);
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        long i = matrix.from() + (long) row * matrix.stride() + column;
        double kept = parameters.get(i) * (1 - u.learningRate() * u.decay());
        parameters.set(i, kept - u.rate(matrix) * update[row][column]);
      }
    }
  }

  /** Five iterations from U / ‖U‖, always from the left. */
  public static double[][] orthogonalize(double[][] u) {
    double squares = 0;
    for (double[] row : u) {
      for (double value : row) {
        squares += value * value;
      }
    }
    double scale = 1 / (Math.sqrt(squares) + 1e-12);
    double[][] x = combine(scale, u, 0, u);
    for (int i = 0; i < 5; i++) {
      double[][] a = product(x, transposed(x));
      double[][] polynomial = combine(-4.7750, a, 2.0315, product(a, a));
      x = combine(3.4445, x, 1, product(polynomial, x));
    }
    return x;
  }

  static double[][] transposed(double[][] x) {
    double[][] result = new double[x[0].length][x.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        result[j][i] = x[i][j];
      }
    }
    return result;
  }

  static double[][] product(double[][] left, double[][] right) {
    double[][] result = new double[left.length][right[0].length];
    for (int i = 0; i < left.length; i++) {
      for (int k = 0; k < right.length; k++) {
        for (int j = 0; j < right[0].length; j++) {
          result[i][j] += left[i][k] * right[k][j];
        }
      }
    }
    return result;
  }

  private static double[][] combine(double a, double[][] x, double b, double[][] y) {
    double[][] result = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[0].length; j++) {
        result[i][j] = a * x[i][j] + b * y[i][j];
      }
    }
    return result;
  }
}
