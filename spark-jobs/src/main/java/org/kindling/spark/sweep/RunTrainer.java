package org.kindling.spark.sweep;

import java.io.IOException;
import java.util.List;
import org.kindling.training.RunListener;

/** What a sweep does with one run. Several threads call it at once, each for runs of its own. */
public interface RunTrainer {
  /**
   * How far an earlier attempt brought a run.
   *
   * @param finished whether its last checkpoint is there
   * @param checkpoints steps of those that are there
   */
  record Standing(boolean finished, List<Long> checkpoints) {}

  /**
   * Looks without writing.
   *
   * @throws IllegalArgumentException if what is there cannot be continued with these settings
   */
  Standing look(PlannedRun run) throws IOException;

  /** Trains a run to its end, from wherever it is. */
  void train(PlannedRun run, RunListener listener) throws IOException;
}
