package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class BfgsTest {
  private static final Objective ROSENBROCK =
      new Objective() {
        @Override
        public int dimensions() {
          return 2;
        }

        @Override
        public double valueAndGradient(double[] p, double[] g) {
          double u = p[1] - p[0] * p[0];
          g[0] = -400 * p[0] * u - 2 * (1 - p[0]);
          g[1] = 200 * u;
          return 100 * u * u + (1 - p[0]) * (1 - p[0]);
        }
      };

  @Test
  void followsTheCurvedValleyOfRosenbrock() {
    double[] at = {-1.2, 1};
    double value = new Bfgs(ROSENBROCK, 1e-10).minimize(at);
    assertThat(value).isLessThan(1e-18);
    assertThat(at[0]).isCloseTo(1, within(1e-8));
    assertThat(at[1]).isCloseTo(1, within(1e-8));
  }

  @Test
  void staysWhereItStartsIfThatIsTheMinimum() {
    double[] at = {1, 1};
    assertThat(new Bfgs(ROSENBROCK, 1e-10).minimize(at)).isZero();
    assertThat(at).containsExactly(1, 1);
  }
}
