package org.kindling.training;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.kindling.exchange.Code;
import org.kindling.exchange.Coded;
import org.kindling.exchange.Dither;
import org.kindling.exchange.Exchange;
import org.kindling.optimizer.MomentSpec;
import org.kindling.optimizer.OuterOptimizer;
import org.kindling.optimizer.OuterSettings;

/**
 * The arithmetic between rounds, on one shard: the mean of the workers' updates, added up in worker
 * order whatever order they arrive in, coded; and the outer optimizer, which takes the coded mean
 * for the gradient. The state after a round is a function of the state before and of these bytes
 * alone, so whoever holds the one needs only the other. Deterministic to the bit.
 */
public final class Averaging implements Serializable {
  /** In the place of a worker's number where the mean of all is rounded. */
  private static final int MEAN = -1;

  /** Updates are kept until they take so many times the bytes of the whole state. */
  private static final int MOST_TIMES_WHOLE = 4;

  private static final int MOST_UPDATES = 32;

  private final OuterSettings outer;
  private final Exchange exchange;
  private final boolean sendsChanges;
  private final boolean overlap;
  private final List<MomentSpec> moments;
  private final long seed;

  public Averaging(RunDescription run) {
    this.outer = run.outer();
    this.exchange = run.training().exchanged();
    this.sendsChanges = run.training().sendsChanges();
    this.overlap = run.training().overlap();
    this.moments = run.moments();
    this.seed = run.training().seed();
  }

  /**
   * How many updates to keep before a whole state takes their place.
   *
   * @param wholeBytes of a whole state, in float32
   * @param updateBytes of one update
   */
  public static int mostUpdates(long wholeBytes, long updateBytes) {
    long most = MOST_TIMES_WHOLE * wholeBytes / Math.max(1, updateBytes);
    return (int) Math.max(1, Math.min(MOST_UPDATES, most));
  }

  boolean hasMomentum() {
    return outer.hasMomentum();
  }

  /** Whether a round begins while the one before is averaged. */
  public boolean isOverlapped() {
    return overlap;
  }

  /** Whether workers send how parameters changed, and not what they have become. */
  boolean sendsChanges() {
    return sendsChanges;
  }

  private Code codeOf(MomentSpec moment) {
    return moment.kind() == MomentSpec.Kind.SQUARE ? exchange.squares() : exchange.means();
  }

  /** Bytes of all moments of a state as they are exchanged and held. */
  public long momentBytes(StateLayout layout) {
    long bytes = 0;
    for (int m = 0; m < layout.moments().size(); m++) {
      Sharding sharding = layout.moment(m);
      for (int s = 0; s < sharding.count(); s++) {
        bytes += codeOf(layout.moments().get(m)).bytes(sharding.length(s));
      }
    }
    return bytes;
  }

  Coded zeros(MomentSpec moment, int length) {
    return Coded.of(codeOf(moment), length, Dither.NONE, (from, target, count) -> {});
  }

  /**
   * Codes a worker's result.
   *
   * @param parameters the change, or the parameters if it does not {@link #sendsChanges}
   */
  Coded parameters(long round, int worker, int shard, int length, Coded.Source parameters) {
    return Coded.of(
        exchange.changes(), length, Dither.of(seed, round, worker, shard, 0), parameters);
  }

  /** Codes a worker's moment. */
  Coded moment(long round, int worker, int shard, int number, int length, Coded.Source values) {
    return Coded.of(
        codeOf(moments.get(number)),
        length,
        Dither.of(seed, round, worker, shard, number + 1),
        values);
  }

  /**
   * The mean of workers' updates to a shard. All count alike: a worker's gradients carry the weight
   * of its predictions already.
   *
   * @param byWorker in the order of workers
   * @throws IllegalStateException if one is missing: a mean of the others would be a wrong number
   */
  public ShardUpdate mean(long round, List<ShardUpdate> byWorker) {
    for (int w = 0; w < byWorker.size(); w++) {
      if (byWorker.get(w) == null) {
        throw new IllegalStateException(
            "round " + round + ": no update of worker " + w + " arrived");
      }
    }
    int shard = byWorker.get(0).shard();
    Coded parameters = mean(round, shard, 0, exchange.changes(), byWorker, ShardUpdate::parameters);
    List<Coded> means = new ArrayList<>();
    for (int m = 0; m < moments.size(); m++) {
      int number = m;
      Code code = codeOf(moments.get(m));
      means.add(mean(round, shard, m + 1, code, byWorker, u -> u.moments().get(number)));
    }
    List<WorkerReport> reports = new ArrayList<>();
    byWorker.forEach(update -> reports.addAll(update.reports()));
    return new ShardUpdate(shard, parameters, means, reports);
  }

  private Coded mean(
      long round,
      int shard,
      int vector,
      Code code,
      List<ShardUpdate> byWorker,
      Function<ShardUpdate, Coded> which) {
    List<Coded> all = byWorker.stream().map(which).toList();
    float[] next = new float[Coded.CHUNK];
    return Coded.of(
        code,
        all.get(0).length(),
        Dither.of(seed, round, MEAN, shard, vector),
        (from, mean, count) -> {
          all.get(0).read(from, mean, count);
          for (int w = 1; w < all.size(); w++) {
            all.get(w).read(from, next, count);
            add(mean, next, count);
          }
          scale(mean, 1f / all.size(), count);
        });
  }

  private static void scale(float[] values, float factor, int count) {
    if (factor != 1) {
      for (int i = 0; i < count; i++) {
        values[i] *= factor;
      }
    }
  }

  private static void add(float[] sum, float[] values, int count) {
    for (int i = 0; i < count; i++) {
      sum[i] += values[i];
    }
  }

  /**
   * Takes the outer step on a part of a shard.
   *
   * @param parameters [count] θ before the round, overwritten with θ after it
   * @param averaged [count] of {@link #mean}, overwritten
   * @param momentum [count] updated in place; null if the settings have none
   */
  void step(float[] parameters, float[] averaged, float[] momentum, int count) {
    OuterOptimizer optimizer = new OuterOptimizer(outer);
    if (sendsChanges) {
      optimizer.stepBy(parameters, averaged, momentum, count);
    } else {
      optimizer.stepTo(parameters, averaged, momentum, count);
    }
  }

  /** The state after a round. */
  public StateShard after(StateShard before, ShardUpdate update) {
    float[] parameters = before.parameters().clone();
    float[] momentum = before.outerMomentum() == null ? null : before.outerMomentum().clone();
    float[] part = new float[Coded.CHUNK];
    float[] partMomentum = momentum == null ? null : new float[Coded.CHUNK];
    update
        .parameters()
        .forEach(
            (from, averaged, count) -> {
              System.arraycopy(parameters, from, part, 0, count);
              if (momentum != null) {
                System.arraycopy(momentum, from, partMomentum, 0, count);
              }
              step(part, averaged, partMomentum, count);
              System.arraycopy(part, 0, parameters, from, count);
              if (momentum != null) {
                System.arraycopy(partMomentum, 0, momentum, from, count);
              }
            });
    return new StateShard(before.index(), parameters, momentum, update.moments());
  }
}
