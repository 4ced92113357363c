package org.kindling.training;

/** Hears of a run's progress, on the thread that runs it. */
public interface RunListener {
  /** A round is over. */
  void roundFinished(Progress progress, RoundMetrics metrics);

  /** Something the user should read: a resume, a restored state. */
  void message(String text);
}
