package org.kindling.scale;

import java.util.Locale;

/**
 * What came of a simulated run.
 *
 * @param rounds that were done, those that were undone later included
 * @param medianSeconds of a round
 * @param p95Seconds of a round
 * @param slowestSeconds of a round
 * @param clockSeconds from the beginning to the end, checkpoints and restarts included
 * @param checkpointSeconds of that
 * @param trainingShare of the executors' time in rounds: training that counts
 * @param lostShare of the executors' time in rounds: work of executors that were lost
 * @param bytesOfRound between executors, mean of the rounds
 * @param samples that were taken
 * @param droppedSamples of those, of workers that were late and do not count
 * @param losses of executors
 * @param statesLost times that both copies of a shard were gone
 * @param roundsUndone by going back to checkpoints
 * @param plannerSeconds real time that the driver's own code took for a round
 * @param decisionsBytes of the run's file of decisions at the end
 */
public record SimulationResult(
    int rounds,
    double medianSeconds,
    double p95Seconds,
    double slowestSeconds,
    double clockSeconds,
    double checkpointSeconds,
    double trainingShare,
    double lostShare,
    double bytesOfRound,
    long samples,
    long droppedSamples,
    long losses,
    long statesLost,
    long roundsUndone,
    double plannerSeconds,
    long decisionsBytes) {
  /** The first line of a table of {@link #row}, and the second. */
  public static final String HEADER =
      "| workers | rounds | round s, median | 95 % | slowest | training | lost work | dropped |"
          + " executors lost | states lost | rounds undone | GB an executor | planner ms |"
          + " decisions MB |\n"
          + "|---".repeat(14)
          + "|\n";

  /** A line. */
  public String row(int workers) {
    return String.format(
        Locale.ROOT,
        "| %d | %d | %.1f | %.1f | %.1f | %.1f %% | %.2f %% | %.2f %% | %d | %d | %d | %.2f | %.1f |"
            + " %.1f |\n",
        workers,
        rounds,
        medianSeconds,
        p95Seconds,
        slowestSeconds,
        100 * trainingShare,
        100 * lostShare,
        100.0 * droppedSamples / samples,
        losses,
        statesLost,
        roundsUndone,
        bytesOfRound / workers / 1e9,
        1e3 * plannerSeconds,
        decisionsBytes / 1e6);
  }
}
