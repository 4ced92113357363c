package org.kindling.scaling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Few runs whose losses a law with a huge exponent fits best. */
class WildExponentTest {
  private static final double[][] RUNS = {
    {1e6, 2e7, 3},
    {2e6, 4e7, 2.8},
    {4e6, 8e7, 2.7},
    {8e6, 2e8, 2.6},
    {1e7, 3e8, 2.5},
    {2e7, 3e8, 2.45}
  };

  @Test
  void theFitGoesOnWithoutAFrontier() {
    List<EvaluationRow> rows = new ArrayList<>();
    for (double[] run : RUNS) {
      double flops = Flops.ofTraining(run[0], run[1]);
      rows.add(
          new EvaluationRow(
              "r" + run[0], "", -1, run[0], Double.NaN, run[1], flops, run[2], Double.NaN, true));
    }
    ScalingFit fit = ScalingFit.of(rows, FitSettings.DEFAULTS);
    assertThat(fit.power().source()).isNotEqualTo("frontier");
    assertThat(fit.power().reason() == null || fit.power().reason().length() > 10).isTrue();
    assertThat(fit.optimal()).isEmpty();
    assertThat(fit.warnings()).anyMatch(w -> w.contains("names no best sizes"));
  }
}
