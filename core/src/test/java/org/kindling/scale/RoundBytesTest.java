package org.kindling.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.kindling.exchange.Exchange;

class RoundBytesTest {
  private static RoundShape shape(long parameters, int workers, Exchange exchange, String kind) {
    return new RoundShape(parameters, workers, workers, exchange, kind, false);
  }

  @Test
  void adamWExchangesThreeVectors() {
    RoundBytes bytes = RoundBytes.of(shape(10_000_000, 4, Exchange.FP32, "adamw"));
    assertThat(bytes.updateBytes()).isEqualTo(3 * 4 * 10_000_000L);
    // Parameters, outer momentum, and two moments as they are exchanged.
    assertThat(bytes.wholeBytes()).isEqualTo(4 * 4 * 10_000_000L);
  }

  @Test
  void scalesOfBlocksAreCounted() {
    RoundBytes bytes = RoundBytes.of(shape(10_000_000, 4, Exchange.INT8, "adamw"));
    // A block of 128 bytes has two more.
    assertThat(bytes.updateBytes() / 30e6).isCloseTo(130 / 128.0, within(1e-3));
  }

  @Test
  void muonExchangesLessThanAdamW() {
    long muon = RoundBytes.of(shape(10_000_000, 4, Exchange.INT4, "muon")).updateBytes();
    long adamw = RoundBytes.of(shape(10_000_000, 4, Exchange.INT4, "adamw")).updateBytes();
    assertThat(muon).isBetween(adamw / 2, adamw * 3 / 4);
  }

  @Test
  void partsAreThoseOfThePage() {
    RoundBytes bytes = RoundBytes.of(shape(10_000_000, 4, Exchange.INT8, "adamw"));
    double update = bytes.updateBytes();
    assertThat(bytes.gathered()).isCloseTo(update * (1 - 2 / 4.0), within(1.0));
    assertThat(bytes.reduced()).isCloseTo(update * (1 - 1 / 4.0), within(1.0));
    assertThat(bytes.replicated()).isCloseTo(update / 4, within(1.0));
    assertThat(bytes.rebased()).isBetween(0.0, update / 4);
  }

  @Test
  void twoExecutorsHoldEverythingAndOneMovesNothing() {
    assertThat(RoundBytes.of(shape(1_000_000, 2, Exchange.INT8, "adamw")).gathered()).isZero();
    assertThat(RoundBytes.of(shape(1_000_000, 1, Exchange.INT8, "adamw")).received()).isZero();
  }

  /** The planner makes no more than 1024 shards, so few executors average for many. */
  @Test
  void busiestExecutorOfManyReducesForOthers() {
    RoundBytes bytes = RoundBytes.of(shape(1_000_000_000, 10_000, Exchange.INT8, "adamw"));
    assertThat(bytes.layout().shards()).isEqualTo(1024);
    assertThat(bytes.busiestReduced(10_000) / bytes.reduced()).isBetween(9.0, 10.0);
  }

  @Test
  void resultsThatDoNotCountDoNotTravel() {
    RoundBytes bytes = RoundBytes.of(shape(1_000_000_000, 10_000, Exchange.INT8, "adamw"));
    assertThat(bytes.busiestReduced(5_000)).isLessThan(0.51 * bytes.busiestReduced(10_000));
  }

  @Test
  void refusesMoreExecutorsThanWorkers() {
    assertThatThrownBy(() -> new RoundShape(1_000_000, 2, 3, Exchange.INT8, "adamw", false))
        .hasMessageContaining("executors: expected 1 to the number of workers (2), found 3");
  }
}
