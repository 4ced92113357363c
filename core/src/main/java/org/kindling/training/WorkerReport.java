package org.kindling.training;

import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import java.io.Serializable;

/**
 * What a worker tells of its round. Losses and norms are a pure function of the state; the seconds
 * are not, and nothing but metrics depends on them.
 *
 * @param worker number of the worker
 * @param lossSum sum over its steps of weight · cross-entropy of every prediction, in nats
 * @param weight sum of the weights of all predictions; their number where documents are joined
 * @param gradientNormSum sum over its steps of the gradient's norm before clipping
 * @param steps optimizer steps taken
 * @param trainingSeconds time spent in those steps
 */
public record WorkerReport(
    int worker,
    double lossSum,
    double weight,
    double gradientNormSum,
    int steps,
    double trainingSeconds)
    implements Serializable {
  void write(ObjectOutput out) throws IOException {
    out.writeInt(worker);
    out.writeDouble(lossSum);
    out.writeDouble(weight);
    out.writeDouble(gradientNormSum);
    out.writeInt(steps);
    out.writeDouble(trainingSeconds);
  }

  static WorkerReport read(ObjectInput in) throws IOException {
    return new WorkerReport(
        in.readInt(),
        in.readDouble(),
        in.readDouble(),
        in.readDouble(),
        in.readInt(),
        in.readDouble());
  }
}
