package org.kindling.training;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.kindling.optimizer.OuterOptimizer;
import org.kindling.optimizer.OuterSettings;

/**
 * The arithmetic between rounds, on one shard: the mean of the workers' updates, added up in worker
 * order whatever order they arrive in, then the outer optimizer. Deterministic to the bit.
 */
public final class Averaging implements java.io.Serializable {
  /**
   * A shard after a round.
   *
   * @param state the new shard, with the workers' reports if any came along
   * @param momentum [shard length] the new outer momentum, null if the settings have none
   */
  public record Result(StateShard state, float[] momentum) implements java.io.Serializable {}

  private final OuterSettings settings;

  public Averaging(OuterSettings settings) {
    this.settings = settings;
  }

  /**
   * @param before the shard at the start of the round
   * @param momentum [shard length] outer momentum before the round, null if the settings have none
   * @param byWorker the workers' results for this shard, at the index of each worker
   * @throws IllegalStateException if a worker's result is missing: a mean of the others would be a
   *     wrong number
   */
  public Result average(StateShard before, float[] momentum, StateShard[] byWorker) {
    for (int w = 0; w < byWorker.length; w++) {
      if (byWorker[w] == null) {
        throw new IllegalStateException(
            "shard " + before.index() + ": no update of worker " + w + " arrived");
      }
    }
    float[] parameters = mean(byWorker, StateShard::parameters);
    float[] newMomentum = momentum == null ? null : momentum.clone();
    new OuterOptimizer(settings).step(before.parameters(), parameters, newMomentum);
    List<WorkerReport> reports = new ArrayList<>();
    for (StateShard shard : byWorker) {
      reports.addAll(shard.reports());
    }
    return new Result(
        new StateShard(
            before.index(),
            parameters,
            mean(byWorker, StateShard::firstMoment),
            mean(byWorker, StateShard::secondMoment),
            reports),
        newMomentum);
  }

  private static float[] mean(StateShard[] byWorker, Function<StateShard, float[]> vector) {
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
