package org.kindling.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateScheduleTest {
  private static OptimizerSettings settings(String schedule, int warmup, double decayFraction) {
    return new OptimizerSettings(
        1e-3, 1e-4, schedule, warmup, decayFraction, 0.9, 0.99, 1e-8, 0.1, 1.0);
  }

  @ParameterizedTest
  @CsvSource({
    "cosine, 1, 1e-5",
    "cosine, 50, 5e-4",
    "cosine, 99, 9.9e-4",
    "cosine, 100, 1e-3",
    "cosine, 575, 8.681980515339464e-4",
    "cosine, 1050, 5.5e-4",
    "cosine, 2000, 1e-4",
    "cosine, 2500, 1e-4",
    "wsd, 50, 5e-4",
    "wsd, 100, 1e-3",
    "wsd, 1600, 1e-3",
    "wsd, 1800, 5.5e-4",
    "wsd, 2000, 1e-4",
    "wsd-sqrt, 100, 1e-3",
    "wsd-sqrt, 1600, 1e-3",
    "wsd-sqrt, 1601, 9.55e-4",
    "wsd-sqrt, 1700, 5.5e-4",
    "wsd-sqrt, 2000, 1e-4",
    "constant, 50, 5e-4",
    "constant, 2000, 1e-3"
  })
  void followsItsKind(String kind, long step, double expected) {
    LearningRateSchedule schedule = new LearningRateSchedule(settings(kind, 100, 0.2), 2000);
    assertThat(schedule.at(step)).isCloseTo(expected, within(1e-12));
  }

  @ParameterizedTest
  @CsvSource({"cosine", "wsd", "wsd-sqrt"})
  void withoutWarmupFallsAllTheWay(String kind) {
    LearningRateSchedule schedule = new LearningRateSchedule(settings(kind, 0, 1), 10);
    for (int step = 2; step <= 10; step++) {
      assertThat(schedule.at(step)).isLessThan(schedule.at(step - 1));
    }
    assertThat(schedule.at(10)).isCloseTo(1e-4, within(1e-15));
  }

  @Test
  void aRunShorterThanItsWarmupOnlyWarmsUp() {
    LearningRateSchedule schedule = new LearningRateSchedule(settings("wsd", 100, 0.2), 10);
    assertThat(schedule.at(10)).isCloseTo(1e-4, within(1e-15));
    assertThat(schedule.at(5)).isCloseTo(5e-5, within(1e-15));
  }

  @Test
  void refusesStepsBeforeTheFirst() {
    LearningRateSchedule schedule = new LearningRateSchedule(OptimizerSettings.DEFAULTS, 5);
    assertThatThrownBy(() -> schedule.at(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("learning-rate schedule: steps count from 1, not 0");
    assertThatThrownBy(() -> new LearningRateSchedule(OptimizerSettings.DEFAULTS, 0))
        .hasMessage("learning-rate schedule: expected at least 1 step, found 0");
  }
}
