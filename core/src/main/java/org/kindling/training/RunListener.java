package org.kindling.training;

/** Observes a run's progress, on the thread that runs it. */
public interface RunListener {
  /** Rounds are about to start, from the beginning or from a checkpoint. */
  void started(Progress from);

  /** A round is over. */
  void roundFinished(Progress progress, RoundMetrics metrics);

  /** A checkpoint has become visible. */
  default void checkpointWritten(Progress at) {}

  /** Something the user should read: a resume, a restored state. */
  void message(String text);
}
