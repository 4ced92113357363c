package org.kindling.scale;

import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.ArrayRealVector;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * Least squares with coefficients of at least 0, by active sets. Deterministic.
 *
 * @see <a href="https://epubs.siam.org/doi/book/10.1137/1.9781611971217">Lawson and Hanson 1974,
 *     chapter 23</a>
 */
final class NonNegative {
  private static final double TOLERANCE = 1e-12;

  private NonNegative() {}

  /**
   * The x of at least 0 for which |A·x − b| is least. Columns are scaled first.
   *
   * @param rows A, [rows][columns]
   * @param wanted b, [rows]
   */
  static double[] solve(double[][] rows, double[] wanted) {
    int columns = rows[0].length;
    double[] scale = new double[columns];
    double[][] scaled = new double[rows.length][columns];
    for (int c = 0; c < columns; c++) {
      for (double[] row : rows) {
        scale[c] = Math.hypot(scale[c], row[c]);
      }
      for (int r = 0; r < rows.length; r++) {
        scaled[r][c] = scale[c] > 0 ? rows[r][c] / scale[c] : 0;
      }
    }
    double[] x = solveScaled(scaled, wanted);
    for (int c = 0; c < columns; c++) {
      x[c] = scale[c] > 0 ? x[c] / scale[c] : 0;
    }
    return x;
  }

  private static double[] solveScaled(double[][] a, double[] b) {
    int columns = a[0].length;
    double[] x = new double[columns];
    boolean[] free = new boolean[columns];
    for (int tries = 0; tries < 10 * columns; tries++) {
      int best = steepest(a, b, x, free);
      if (best < 0) {
        return x;
      }
      free[best] = true;
      double[] next = unconstrained(a, b, free);
      while (hasNegative(next, free)) {
        x = towards(x, next, free);
        next = unconstrained(a, b, free);
      }
      x = next;
    }
    return x;
  }

  /** The column that is held at 0 and would lower the error most; -1 if none would. */
  private static int steepest(double[][] a, double[] b, double[] x, boolean[] free) {
    int best = -1;
    double most = TOLERANCE;
    for (int c = 0; c < x.length; c++) {
      double gradient = 0;
      for (int r = 0; r < a.length; r++) {
        gradient += a[r][c] * (b[r] - product(a[r], x));
      }
      if (!free[c] && gradient > most) {
        most = gradient;
        best = c;
      }
    }
    return best;
  }

  private static double product(double[] row, double[] x) {
    double sum = 0;
    for (int c = 0; c < x.length; c++) {
      sum += row[c] * x[c];
    }
    return sum;
  }

  private static double[] unconstrained(double[][] a, double[] b, boolean[] free) {
    int[] columns = java.util.stream.IntStream.range(0, free.length).filter(c -> free[c]).toArray();
    double[] x = new double[free.length];
    if (columns.length == 0) {
      return x;
    }
    RealMatrix matrix = new Array2DRowRealMatrix(a.length, columns.length);
    for (int r = 0; r < a.length; r++) {
      for (int c = 0; c < columns.length; c++) {
        matrix.setEntry(r, c, a[r][columns[c]]);
      }
    }
    double[] found =
        new SingularValueDecomposition(matrix).getSolver().solve(new ArrayRealVector(b)).toArray();
    for (int c = 0; c < columns.length; c++) {
      x[columns[c]] = found[c];
    }
    return x;
  }

  private static boolean hasNegative(double[] x, boolean[] free) {
    for (int c = 0; c < x.length; c++) {
      if (free[c] && x[c] <= 0) {
        return true;
      }
    }
    return false;
  }

  /** As far as all stay at 0 or more; what comes to 0 is held there. */
  private static double[] towards(double[] x, double[] next, boolean[] free) {
    double step = 1;
    for (int c = 0; c < x.length; c++) {
      if (free[c] && next[c] <= 0) {
        step = Math.min(step, x[c] / (x[c] - next[c] + Double.MIN_NORMAL));
      }
    }
    double[] moved = Arrays.copyOf(x, x.length);
    for (int c = 0; c < x.length; c++) {
      moved[c] += step * (next[c] - x[c]);
      if (free[c] && (moved[c] <= TOLERANCE)) {
        moved[c] = 0;
        free[c] = false;
      }
    }
    return moved;
  }
}
