package org.kindling.training;

import java.io.Serializable;

/**
 * What a worker tells of its round. Losses and norms are a pure function of the state; the seconds,
 * the place and the bytes are not, and nothing but metrics and Spark's choice of executors depends
 * on them.
 *
 * @param worker number of the worker
 * @param lossSum sum over its steps of weight · cross-entropy of every prediction, in nats
 * @param weight sum of the weights of all predictions; their number where documents are joined
 * @param gradientNormSum sum over its steps of the gradient's norm before clipping
 * @param steps optimizer steps taken
 * @param trainingSeconds time spent in those steps
 * @param place the executor, as Spark writes it; empty where there is but one process
 * @param gatheredBytes of the state that came to it from other machines
 */
public record WorkerReport(
    int worker,
    double lossSum,
    double weight,
    double gradientNormSum,
    int steps,
    double trainingSeconds,
    String place,
    long gatheredBytes)
    implements Serializable {
  /** Of a worker in this process. */
  public WorkerReport(
      int worker,
      double lossSum,
      double weight,
      double gradientNormSum,
      int steps,
      double trainingSeconds) {
    this(worker, lossSum, weight, gradientNormSum, steps, trainingSeconds, "", 0);
  }

  /** The same, from an executor. */
  public WorkerReport at(String executor, long gathered) {
    return new WorkerReport(
        worker, lossSum, weight, gradientNormSum, steps, trainingSeconds, executor, gathered);
  }
}
