package org.kindling.spark.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.kindling.spark.sweep.Forecast.Rest;

class ForecastTest {
  private static Rest alone(String name, double seconds) {
    return new Rest(name, false, seconds, null, 0);
  }

  @Test
  void longestRunsComeFirst() {
    List<Rest> runs = List.of(alone("a", 3), alone("b", 6), alone("c", 3), alone("d", 2));
    assertThat(Forecast.seconds(runs, 2)).isEqualTo(8);
    assertThat(Forecast.seconds(runs, 1)).isEqualTo(14);
    assertThat(Forecast.seconds(runs, 9)).isEqualTo(6);
  }

  @Test
  void whatRunsGoesOnFirst() {
    List<Rest> runs = List.of(alone("a", 5), new Rest("b", true, 1, null, 0));
    assertThat(Forecast.seconds(runs, 1)).isEqualTo(6);
  }

  @Test
  void branchesWaitForTheirSharedPrefix() {
    List<Rest> runs = List.of(alone("longest", 10), new Rest("branch", false, 7, "longest", 6));
    assertThat(Forecast.seconds(runs, 2)).isEqualTo(13);
  }

  @Test
  void speedIsLearnedFromRoundsOfTheNearestSize() {
    Speed speed = Speed.unknown();
    assertThat(speed.of(1000)).isEmpty();
    speed.measured(1000, 1e9, 2);
    assertThat(speed.of(1000)).as("still warming up").isEmpty();
    speed.measured(1000, 1e9, 4);
    assertThat(speed.of(1000)).isEmpty();
    speed.measured(1000, 2e9, 4);
    speed.measured(100_000, 9e9, 1);
    assertThat(speed.of(2000).getAsDouble()).isCloseTo(0.5e9, within(1.0));
    assertThat(speed.of(50_000).getAsDouble()).isCloseTo(9e9, within(1.0));
    speed.measured(1000, 400e9, 100);
    assertThat(speed.of(1000).getAsDouble()).as("later rounds count more").isGreaterThan(3.9e9);
  }

  @Test
  void assumedSpeedHoldsUntilOneIsMeasured() {
    Speed speed = Speed.assumed(Map.of(1000L, 5.0, 1_000_000L, 50.0));
    assertThat(speed.of(900_000)).hasValue(50);
    speed.measured(1000, 70, 10);
    assertThat(speed.of(900_000)).hasValue(7);
  }
}
