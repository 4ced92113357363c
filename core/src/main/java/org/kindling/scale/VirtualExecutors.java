package org.kindling.scale;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Places of executors, one for each worker. Who is lost gives the place to a newcomer, which has no
 * state and another speed. Not thread-safe.
 */
final class VirtualExecutors {
  private static final double SECONDS_OF_AN_HOUR = 3600;

  private final VirtualCluster cluster;
  private final SplittableRandom random;

  /** Losses that are not drawn but given, for tests. */
  private final List<Loss> given;

  private double[] slowness = new double[0];
  private boolean[] isNew = new boolean[0];
  private double[] lostAt = new double[0];

  /** An executor is lost. */
  record Loss(double seconds, int executor) {}

  VirtualExecutors(VirtualCluster cluster, List<Loss> given) {
    this.cluster = cluster;
    this.random = new SplittableRandom(cluster.seed());
    this.given = new ArrayList<>(given);
  }

  /** At least so many; those that are added are newcomers. */
  void grow(int count) {
    int before = slowness.length;
    if (count > before) {
      slowness = Arrays.copyOf(slowness, count);
      isNew = Arrays.copyOf(isNew, count);
      lostAt = Arrays.copyOf(lostAt, count);
      for (int e = before; e < count; e++) {
        lostAt[e] = Double.NEGATIVE_INFINITY;
        arrive(e);
      }
    }
  }

  private void arrive(int executor) {
    double slow = Math.exp(cluster.spread() * (cluster.spread() > 0 ? random.nextGaussian() : 0));
    boolean isStraggler = cluster.stragglers() > 0 && random.nextDouble() < cluster.stragglers();
    slowness[executor] = isStraggler ? slow * cluster.slowdown() : slow;
    isNew[executor] = true;
  }

  /** Of training, in the place of a worker. */
  double trainingSeconds(int executor, int steps) {
    return steps * cluster.stepSeconds() * slowness[executor];
  }

  boolean isNew(int executor) {
    return isNew[executor];
  }

  /** It has the state from now on. */
  void settle(int executor) {
    isNew[executor] = false;
  }

  /** All have the state. */
  void settleAll() {
    Arrays.fill(isNew, false);
    Arrays.fill(lostAt, Double.NEGATIVE_INFINITY);
  }

  /** When an executor that is there now will be lost; infinite if never. */
  double nextLoss(int executor, double now) {
    for (Loss loss : given) {
      if (loss.executor() == executor && loss.seconds() >= now) {
        return loss.seconds();
      }
    }
    if (cluster.lossesPerHour() == 0) {
      return Double.POSITIVE_INFINITY;
    }
    double mean = SECONDS_OF_AN_HOUR / cluster.lossesPerHour();
    return now - mean * Math.log(1 - random.nextDouble());
  }

  /** Loses an executor; the next in its place is another one. */
  void lose(int executor, double now) {
    given.removeIf(loss -> loss.executor() == executor && loss.seconds() == now);
    lostAt[executor] = now;
    arrive(executor);
  }

  /** When the one before was lost. */
  double lostAt(int executor) {
    return executor < lostAt.length ? lostAt[executor] : Double.NEGATIVE_INFINITY;
  }
}
