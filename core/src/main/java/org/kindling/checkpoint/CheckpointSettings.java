package org.kindling.checkpoint;

/**
 * The {@code checkpoint} section of a run's settings.
 *
 * @param everyRounds rounds between checkpoints; the end of a run always writes one
 * @param keepLast how many of the newest to keep
 * @param keepEvery also keep each one whose step is a multiple of this; 0 keeps none beside the
 *     newest
 */
public record CheckpointSettings(int everyRounds, int keepLast, long keepEvery) {
  public static final CheckpointSettings DEFAULTS = new CheckpointSettings(10, 3, 0);

  public CheckpointSettings {
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
