package org.kindling.scale;

import java.util.Arrays;

/** Counts what comes of a simulation. */
final class SimulationTally {
  private double[] roundSeconds = new double[64];
  private int rounds;
  private double trainedSeconds;
  private double executorSeconds;
  private double lostSeconds;
  private double checkpointSeconds;
  private double bytes;
  private long samples;
  private long dropped;
  private long losses;
  private long statesLost;
  private long roundsUndone;
  private long simulatedNanos;

  void round(
      double seconds, double trained, double available, long moved, long taken, long uncounted) {
    if (rounds == roundSeconds.length) {
      roundSeconds = Arrays.copyOf(roundSeconds, 2 * rounds);
    }
    roundSeconds[rounds++] = seconds;
    trainedSeconds += trained;
    executorSeconds += available;
    bytes += moved;
    samples += taken;
    dropped += uncounted;
  }

  void loss() {
    losses++;
  }

  void lostWork(double seconds) {
    lostSeconds += seconds;
  }

  void stateLost() {
    statesLost++;
  }

  void wentBack(long undone) {
    roundsUndone += undone;
  }

  /** A round that came to no end. */
  void givenUp(double available) {
    executorSeconds += available;
    lostSeconds += available;
  }

  void checkpoint(double seconds) {
    checkpointSeconds += seconds;
  }

  void simulated(long nanos) {
    simulatedNanos += nanos;
  }

  long simulatedNanos() {
    return simulatedNanos;
  }

  /**
   * @param clockSeconds virtual seconds of all
   * @param plannerSeconds real seconds of the driver's own code
   */
  SimulationResult result(double clockSeconds, double plannerSeconds, long decisionsBytes) {
    double[] sorted = Arrays.copyOf(roundSeconds, rounds);
    Arrays.sort(sorted);
    return new SimulationResult(
        rounds,
        quantile(sorted, 0.5),
        quantile(sorted, 0.95),
        sorted[rounds - 1],
        clockSeconds,
        checkpointSeconds,
        trainedSeconds / executorSeconds,
        lostSeconds / executorSeconds,
        bytes / rounds,
        samples,
        dropped,
        losses,
        statesLost,
        roundsUndone,
        plannerSeconds / rounds,
        decisionsBytes);
  }

  private static double quantile(double[] sorted, double q) {
    return sorted[(int) Math.round(q * (sorted.length - 1))];
  }
}
