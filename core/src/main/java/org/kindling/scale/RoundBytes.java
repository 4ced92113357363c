package org.kindling.scale;

import org.kindling.exchange.Code;
import org.kindling.training.Averaging;
import org.kindling.training.RunDescription;
import org.kindling.training.StateLayout;
import org.kindling.training.TrainingSettings;

/**
 * Bytes of a round, by what {@link StateLayout}, {@link Averaging} and {@link Code} say of every
 * shard. Immutable.
 */
public final class RoundBytes {
  private final StateLayout layout;
  private final Placement placement;
  private final int workers;
  private final long update;
  private final long whole;
  private final int roundsOfWhole;

  private RoundBytes(RoundShape shape, StateLayout layout) {
    RunDescription run = shape.run(TrainingSettings.DEFAULTS);
    Averaging averaging = new Averaging(run);
    Code changes = shape.exchange().changes();
    int vectors = run.outer().hasMomentum() ? 2 : 1;
    this.layout = layout;
    this.workers = shape.workers();
    this.placement = new Placement(layout.shards(), shape.executors());
    long moments = averaging.momentBytes(layout);
    long changed = 0;
    for (int s = 0; s < layout.shards(); s++) {
      changed += changes.bytes(layout.parameters().length(s));
    }
    this.update = changed + moments;
    this.whole = (long) vectors * Float.BYTES * layout.parameters().size() + moments;
    this.roundsOfWhole = Averaging.mostUpdates(Float.BYTES * layout.elements(), update);
  }

  /** With the shards that the planner makes. */
  public static RoundBytes of(RoundShape shape) {
    return new RoundBytes(shape, shape.layout());
  }

  /** With shards that are cut already. */
  static RoundBytes of(RoundShape shape, StateLayout layout) {
    return new RoundBytes(shape, layout);
  }

  Placement placement() {
    return placement;
  }

  StateLayout layout() {
    return layout;
  }

  /** Of one worker's results, and of their mean. */
  public long updateBytes() {
    return update;
  }

  /** Of the whole state, as a newcomer gathers it. */
  public long wholeBytes() {
    return whole;
  }

  /** Of the state in a checkpoint, all in float32, and the model's file. */
  long checkpointBytes() {
    long momentum = 2L * Float.BYTES * layout.parameters().size();
    return Float.BYTES * layout.elements() + momentum;
  }

  /** Rounds between two whole states. */
  int roundsOfWhole() {
    return roundsOfWhole;
  }

  private int executors() {
    return placement.executors();
  }

  /** Part of the last update that an executor has to fetch: not what it holds. */
  double gatheredShare() {
    return Math.max(0, 1 - (double) placement.copies() / executors());
  }

  /** Logical workers of the busiest executor. */
  int mostWorkers() {
    return (workers + executors() - 1) / executors();
  }

  private double meanWorkers() {
    return (double) workers / executors();
  }

  /** What an executor receives in a round in the mean, as the page on scale has it. */
  public double gathered() {
    return update * gatheredShare();
  }

  /** See {@link #gathered}. */
  public double reduced() {
    return update * (workers - meanWorkers()) / executors();
  }

  /** See {@link #gathered}. */
  public double replicated() {
    return placement.hasSecond() ? (double) update / executors() : 0;
  }

  /** Second copies of the whole state, spread over the rounds between two. */
  public double rebased() {
    return placement.hasSecond() ? (double) whole / executors() / roundsOfWhole : 0;
  }

  /** All of it. */
  public double received() {
    return gathered() + reduced() + replicated() + rebased();
  }

  /** Shards that the busiest executor averages, as a part of all. */
  double mostOfState() {
    return (double) placement.most() / placement.shards();
  }

  /**
   * Through the busiest link while the state is gathered: a holder may send more than others get.
   */
  double busiestGathered() {
    double sent = mostOfState() * update * Math.max(0, executors() - placement.copies());
    return Math.max(gathered(), sent);
  }

  /**
   * Through the busiest link while results are reduced.
   *
   * @param counted workers whose results are averaged
   */
  double busiestReduced(int counted) {
    if (executors() == 1) {
      return 0;
    }
    double received = mostOfState() * update * Math.max(0, counted - meanWorkers());
    double sent = mostWorkers() * (double) update * (1 - 1.0 / executors());
    return Math.max(received, sent);
  }

  /** Through the busiest link for second copies. */
  double busiestReplicated() {
    return placement.hasSecond() ? mostOfState() * (update + (double) whole / roundsOfWhole) : 0;
  }
}
