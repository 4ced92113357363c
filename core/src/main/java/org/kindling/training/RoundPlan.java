package org.kindling.training;

import java.io.Serializable;

/**
 * What the workers do in one round.
 *
 * @param round number of the round, from 1
 * @param stepsBefore optimizer steps taken before it
 * @param steps optimizer steps each worker takes in it
 * @param samplesBefore samples that all workers together consumed before it
 */
public record RoundPlan(long round, long stepsBefore, int steps, long samplesBefore)
    implements Serializable {

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
    return samplesBefore + stepInRound * settings.samplesPerStep();
  }
}
