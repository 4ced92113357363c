package org.kindling.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.kindling.exchange.Exchange;

class RoundModelTest {
  static final Coefficients COEFFICIENTS = new Coefficients(0.5, 0.004, 0.001, 2e-9, 1e-9, 1.1, 1);
  static final Network NETWORK = Network.of("10gbit", "0.1ms");

  private static RoundModel model(int workers, Exchange exchange, boolean overlap) {
    RoundShape shape = new RoundShape(100_000_000, workers, workers, exchange, "adamw", overlap);
    return RoundModel.of(shape, NETWORK, COEFFICIENTS);
  }

  @Test
  void readsRatesAndDelays() {
    assertThat(NETWORK.bytesPerSecond()).isEqualTo(1.25e9);
    assertThat(NETWORK.delaySeconds()).isEqualTo(1e-4);
    assertThatThrownBy(() -> Network.of("10", "1ms"))
        .hasMessageContaining("expected a number and kbit, mbit or gbit");
  }

  @Test
  void partsFollowOneAnother() {
    RoundModel.Time time = model(64, Exchange.INT8, false).time(20);
    assertThat(time.roundSeconds())
        .isEqualTo(
            time.driverSeconds() + time.gatherSeconds() + 20 + time.averagingSeconds(),
            within(1e-9));
  }

  @Test
  void averagingThatOverlapsIsHiddenByLongTraining() {
    RoundModel.Time alone = model(64, Exchange.INT8, false).time(100);
    RoundModel.Time hidden = model(64, Exchange.INT8, true).time(100);
    assertThat(hidden.roundSeconds())
        .isEqualTo(alone.roundSeconds() - alone.averagingSeconds(), within(1e-6));
    RoundModel.Time without = model(64, Exchange.INT8, true).time(0);
    assertThat(without.roundSeconds()).isGreaterThanOrEqualTo(without.averagingSeconds());
  }

  @Test
  void fewerBitsTakeLess() {
    assertThat(model(64, Exchange.INT4, false).time(0).roundSeconds())
        .isLessThan(model(64, Exchange.FP32, false).time(0).roundSeconds());
  }

  @Test
  void localStepsAreTheFewestThatDo() {
    RoundModel model = model(256, Exchange.INT8, false);
    long steps = model.localSteps(0.5, 0.9);
    assertThat(model.time(steps * 0.5).trainingShare()).isGreaterThanOrEqualTo(0.9);
    assertThat(model.time((steps - 1) * 0.5).trainingShare()).isLessThan(0.9);
  }

  @Test
  void recommendsWhatNeedsTheFewestSteps() {
    ScaleTable table = table("100mbit");
    String text = table.recommended(COMPUTE, COEFFICIENTS);
    assertThat(text.lines()).hasSize(3);
    assertThat(text.lines().toList().get(2)).contains("| int4 adamw |").doesNotContain("fp32");
    assertThat(table.all(COMPUTE, COEFFICIENTS).lines()).hasSize(4);
  }

  /** On a link that costs nothing, fewer bits win nothing. */
  @Test
  void recommendsWhatIsPreferredWhereItNeedsNearlyAsFewSteps() {
    Coefficients noBytes = new Coefficients(0.5, 0.004, 0.001, 2e-9, 0, 1, 0);
    assertThat(table("10000gbit").recommended(COMPUTE, noBytes)).contains("| fp32 adamw |");
  }

  private static final Compute COMPUTE = new Compute(10_000, 0, 10_000);

  private static ScaleTable table(String bandwidth) {
    return new ScaleTable(
        java.util.List.of(100_000_000L),
        java.util.List.of(64),
        java.util.List.of(bandwidth),
        "0.1ms",
        java.util.List.of(Exchange.FP32, Exchange.INT4),
        java.util.List.of("adamw"),
        java.util.List.of(false),
        50,
        0.9);
  }

  @Test
  void coefficientsSurviveJson() {
    assertThat(Coefficients.read(COEFFICIENTS.toJson(), "test")).isEqualTo(COEFFICIENTS);
    assertThatThrownBy(() -> Coefficients.read("{\"a\": 1}", "x.json"))
        .hasMessageStartingWith("x.json: no coefficients");
    assertThat(Coefficients.measured().linkFactor()).isGreaterThanOrEqualTo(1);
  }
}
