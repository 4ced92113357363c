package org.kindling.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NonNegativeTest {
  @Test
  void findsWhatMadeTheNumbers() {
    double[][] rows = {{1, 0, 2}, {1, 1e6, 0}, {1, 3e6, 1}, {1, 2e6, 5}, {1, 0, 0}};
    double[] x = {0.5, 2e-6, 3};
    double[] wanted = new double[rows.length];
    for (int r = 0; r < rows.length; r++) {
      for (int c = 0; c < x.length; c++) {
        wanted[r] += rows[r][c] * x[c];
      }
    }
    assertThat(NonNegative.solve(rows, wanted)).containsExactly(x, within(1e-9));
  }

  /** Without the bound the second would be -1. */
  @Test
  void holdsAtZeroWhatWouldBeNegative() {
    double[][] rows = {{1, 0}, {1, 1}};
    assertThat(NonNegative.solve(rows, new double[] {2, 1}))
        .containsExactly(new double[] {1.5, 0}, within(1e-12));
  }

  @Test
  void columnOfZerosHasNone() {
    double[][] rows = {{2, 0}, {4, 0}};
    assertThat(NonNegative.solve(rows, new double[] {1, 2}))
        .containsExactly(new double[] {0.5, 0}, within(1e-12));
  }
}
