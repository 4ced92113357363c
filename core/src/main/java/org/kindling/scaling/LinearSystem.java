package org.kindling.scaling;

/** A few linear equations in as many unknowns. */
final class LinearSystem {
  private static final double SINGULAR = 1e-13;

  private LinearSystem() {}

  /** Gauss's elimination with pivots; null if the rows depend on each other. Overwrites both. */
  static double[] solve(double[][] rows, double[] right) {
    int n = right.length;
    for (int k = 0; k < n; k++) {
      int pivot = k;
      for (int i = k + 1; i < n; i++) {
        pivot = Math.abs(rows[i][k]) > Math.abs(rows[pivot][k]) ? i : pivot;
      }
      if (!(Math.abs(rows[pivot][k]) > SINGULAR)) {
        return null;
      }
      double[] row = rows[pivot];
      rows[pivot] = rows[k];
      rows[k] = row;
      double value = right[pivot];
      right[pivot] = right[k];
      right[k] = value;
      for (int i = k + 1; i < n; i++) {
        double factor = rows[i][k] / row[k];
        for (int j = k; j < n; j++) {
          rows[i][j] -= factor * row[j];
        }
        right[i] -= factor * value;
      }
    }
    double[] solution = new double[n];
    for (int i = n - 1; i >= 0; i--) {
      double sum = right[i];
      for (int j = i + 1; j < n; j++) {
        sum -= rows[i][j] * solution[j];
      }
      solution[i] = sum / rows[i][i];
    }
    return solution;
  }
}
