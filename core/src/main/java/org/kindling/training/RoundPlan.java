package org.kindling.training;

import java.io.Serializable;

/**
 * What the workers do in one round.
 *
 * @param round number of the round, from 1
 * @param stepsBefore optimizer steps taken before it
 * @param steps optimizer steps each worker takes in it
 * @param samplesBefore samples that all workers together consumed before it
 * @param workers that take part in it
 * @param isAwaited whether the state after it is wanted, for a checkpoint, for validation or as the
 *     end: the next round does not begin before it is averaged, even if rounds overlap
 */
public record RoundPlan(
    long round, long stepsBefore, int steps, long samplesBefore, int workers, boolean isAwaited)
    implements Serializable {
  /** A round that is waited for. */
  public RoundPlan(long round, long stepsBefore, int steps, long samplesBefore, int workers) {
    this(round, stepsBefore, steps, samplesBefore, workers, true);
  }

  /** The same round, waited for or not. */
  RoundPlan awaited(boolean isAwaited) {
    return new RoundPlan(round, stepsBefore, steps, samplesBefore, workers, isAwaited);
  }

  /**
   * Position in the global order of samples of the first one that a worker takes in a step. Workers
   * take consecutive runs of each step's samples, so the order does not depend on their number.
   *
   * @param stepInRound from 0
   */
  public long firstSample(int stepInRound, int worker, TrainingSettings settings) {
    return firstSample(stepInRound, settings) + worker * settings.samplesPerWorkerStep();
  }

  /** Position of the first sample that all workers together take in a step. */
  public long firstSample(int stepInRound, TrainingSettings settings) {
    return samplesBefore + stepInRound * samplesPerStep(settings);
  }

  /** Sequences that all workers together take in a step. */
  public long samplesPerStep(TrainingSettings settings) {
    return workers * settings.samplesPerWorkerStep();
  }
}
