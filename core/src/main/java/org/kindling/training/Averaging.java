package org.kindling.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.kindling.optimizer.OuterOptimizer;
import org.kindling.optimizer.OuterSettings;

/**
 * The arithmetic between rounds, on one slice: the mean of the workers' contributions, added up in
 * worker order whatever order they arrive in, then the outer optimizer. Deterministic to the bit.
 */
public final class Averaging implements java.io.Serializable {
  /**
   * A slice after a round.
   *
   * @param state the new slice, with the workers' reports if any came along
   * @param momentum [slice length] the new outer momentum, null if the settings have none
   */
  public record Result(StateSlice state, float[] momentum) implements java.io.Serializable {}

  private final OuterSettings settings;

  public Averaging(OuterSettings settings) {
    this.settings = settings;
  }

  /**
   * @param before the slice at the start of the round
   * @param momentum [slice length] outer momentum before the round, null if the settings have none
   * @param byWorker the workers' results for this slice, at the index of each worker
   * @throws IllegalStateException if a worker's result is missing: a mean of the others would be a
   *     wrong number
   */
  public Result average(StateSlice before, float[] momentum, StateSlice[] byWorker) {
    for (int w = 0; w < byWorker.length; w++) {
      if (byWorker[w] == null) {
        throw new IllegalStateException(
            "slice " + before.index() + ": no contribution of worker " + w + " arrived");
      }
    }
    float[] parameters = mean(byWorker, StateSlice::parameters);
    float[] newMomentum = momentum == null ? null : momentum.clone();
    new OuterOptimizer(settings).step(before.parameters(), parameters, newMomentum);
    List<WorkerReport> reports = new ArrayList<>();
    for (StateSlice slice : byWorker) {
      reports.addAll(slice.reports());
    }
    return new Result(
        new StateSlice(
            before.index(),
            parameters,
            mean(byWorker, StateSlice::firstMoment),
            mean(byWorker, StateSlice::secondMoment),
            reports),
        newMomentum);
  }

  private static float[] mean(StateSlice[] byWorker, Function<StateSlice, float[]> vector) {
    float[] mean = vector.apply(byWorker[0]).clone();
    for (int w = 1; w < byWorker.length; w++) {
      float[] values = vector.apply(byWorker[w]);
      for (int i = 0; i < mean.length; i++) {
        mean[i] += values[i];
      }
    }
    if (byWorker.length > 1) {
      float factor = 1f / byWorker.length;
      for (int i = 0; i < mean.length; i++) {
        mean[i] *= factor;
      }
    }
    return mean;
  }
}
