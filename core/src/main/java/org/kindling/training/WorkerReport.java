package org.kindling.training;

import java.io.Serializable;
import java.util.List;

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
 * @param notFinite where and why the worker stopped before a step that would have put numbers that
 *     are not finite into its parameters; null if it took all steps
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
    String notFinite,
    String place,
    long gatheredBytes)
    implements Serializable {
  /** Of a worker in this process that took all its steps. */
  public WorkerReport(
      int worker,
      double lossSum,
      double weight,
      double gradientNormSum,
      int steps,
      double trainingSeconds) {
    this(worker, lossSum, weight, gradientNormSum, steps, trainingSeconds, null, "", 0);
  }

  /** The same of one that stopped, or did not if the reason is null. */
  WorkerReport stopped(String notFinite) {
    return new WorkerReport(
        worker,
        lossSum,
        weight,
        gradientNormSum,
        steps,
        trainingSeconds,
        notFinite,
        place,
        gatheredBytes);
  }

  /** The same, from an executor. */
  public WorkerReport at(String executor, long gathered) {
    return new WorkerReport(
        worker,
        lossSum,
        weight,
        gradientNormSum,
        steps,
        trainingSeconds,
        notFinite,
        executor,
        gathered);
  }

  /**
   * @throws ArithmeticException with the message of the first of them that met a number that is not
   *     finite
   */
  static void requireFinite(List<WorkerReport> reports) {
    for (WorkerReport report : reports) {
      if (report.notFinite != null) {
        throw new ArithmeticException(report.notFinite);
      }
    }
  }
}
