package org.kindling.training;

import java.io.Serializable;
import java.util.List;

/**
 * An entry of {@code training.workersAt}: from a step on, a run has another number of workers.
 *
 * @param step optimizer steps taken before the change; the end of a round
 * @param workers from then on
 */
public record WorkersAt(long step, int workers) implements Serializable {
  private static final String KEY = "training.workersAt";

  public WorkersAt {
    require("step", step);
    require("workers", workers);
  }

  private static void require(String key, long found) {
    if (found < 1) {
      throw new IllegalArgumentException(KEY + "." + key + ": expected at least 1, found " + found);
    }
  }

  /**
   * @throws IllegalArgumentException if the steps do not ascend, or one is not the end of a round
   *     before the last
   */
  static void requireSchedule(List<WorkersAt> entries, int localSteps, long steps) {
    long before = 0;
    for (WorkersAt entry : entries) {
      if (entry.step <= before) {
        throw new IllegalArgumentException(
            KEY
                + ": step "
                + entry.step
                + " comes after step "
                + before
                + "; list steps in ascending"
                + " order, each once");
      }
      if (entry.step % localSteps != 0) {
        throw new IllegalArgumentException(
            KEY
                + ": step "
                + entry.step
                + " is not the end of a round; use multiples of"
                + " training.localSteps ("
                + localSteps
                + ")");
      }
      if (entry.step >= steps) {
        throw new IllegalArgumentException(
            KEY
                + ": step "
                + entry.step
                + " is not before the end of the run (training.steps "
                + steps
                + "); leave it out");
      }
      before = entry.step;
    }
  }
}
