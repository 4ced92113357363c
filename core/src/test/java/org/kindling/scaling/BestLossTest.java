package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BestLossTest {
  private static final PowerLaw LAW = new PowerLaw(60, 0.12, 1.1);

  /** Budgets of three runs, of which the middle one is on the law and the others lose by size. */
  private static List<ScalingPoint> budgets(double first, int number) {
    List<ScalingPoint> points = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      double flops = first * Math.pow(2, i);
      for (int size = -1; size <= 1; size++) {
        double n = 1e5 * Math.pow(1.4, i) * Math.pow(2, size);
        double loss = LAW.loss(flops) * (1 + 0.05 * size * size);
        points.add(new ScalingPoint("run " + i + size, n, flops / 6 / n, flops, loss));
      }
    }
    return points;
  }

  @Test
  void theBestRunsBelowSayWhatTheBestRunAboveWillLose() {
    HeldOut.BestLoss best = HeldOut.BestLoss.of(budgets(1e12, 4), budgets(1.6e13, 2));
    assertThat(best.budgets()).isEqualTo(4);
    assertThat(best.run()).isEqualTo("run 10");
    assertThat(best.flops()).isCloseTo(3.2e13, within(1e9));
    assertThat(best.measured()).isEqualTo(LAW.loss(best.flops()), within(1e-12));
    assertThat(best.predicted()).isCloseTo(best.measured(), within(1e-5));
  }

  @Test
  void twoBudgetsAreTooFewForThreeParameters() {
    assertThat(HeldOut.BestLoss.of(budgets(1e12, 2), budgets(4e12, 1))).isNull();
  }
}
