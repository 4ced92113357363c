package org.kindling.checkpoint;

import java.util.List;

/**
 * The {@code checkpoint} section of a run's settings.
 *
 * @param everyRounds rounds between checkpoints; the end of a run always writes one
 * @param keepLast how many of the newest to keep
 * @param keepEvery also keep each one whose step is a multiple of this; 0 keeps none beside the
 *     newest
 * @param atSteps steps, each the end of a round, after which one is written too; these are kept
 */
public record CheckpointSettings(
    int everyRounds, int keepLast, long keepEvery, List<Long> atSteps) {
  public static final CheckpointSettings DEFAULTS = new CheckpointSettings(10, 3, 0);

  /** Settings that name no steps. */
  public CheckpointSettings(int everyRounds, int keepLast, long keepEvery) {
    this(everyRounds, keepLast, keepEvery, List.of());
  }

  public CheckpointSettings {
    atSteps = atSteps == null ? List.of() : List.copyOf(atSteps);
    for (long step : atSteps) {
      if (step < 1) {
        throw new IllegalArgumentException(
            "checkpoint.atSteps: expected at least 1, found " + step);
      }
    }
    if (everyRounds < 1) {
      throw new IllegalArgumentException(
          "checkpoint.everyRounds: expected at least 1, found " + everyRounds);
    }
    if (keepLast < 1) {
      throw new IllegalArgumentException(
          "checkpoint.keepLast: expected at least 1, found " + keepLast);
    }
    if (keepEvery < 0) {
      throw new IllegalArgumentException(
          "checkpoint.keepEvery: expected at least 0, found " + keepEvery);
    }
  }
}
