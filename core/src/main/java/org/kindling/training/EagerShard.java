package org.kindling.training;

import org.kindling.exchange.Coded;

/**
 * Where a worker begins a round whose predecessor is still being averaged: the state before that
 * one, moved by an outer step on a guess of its mean change. Of that mean the worker knows its own
 * part; for the others' it takes the mean of the round before, or its own where there is none.
 * Moments are the worker's own, the newest that there are.
 *
 * @see <a href="https://arxiv.org/abs/2502.12996">Kale et al. 2025, eager updates</a>
 */
final class EagerShard implements ShardState {
  private final ShardState before;
  private final MomentumSource momentum;
  private final Coded lastChange;
  private final ShardUpdate own;
  private final Averaging averaging;
  private final int workers;

  /** The outer momentum of the state before. */
  @FunctionalInterface
  interface MomentumSource {
    /** A copy of a part; null if there is none. */
    float[] read(int from, int count);
  }

  /**
   * @param lastChange mean change of the last round that the state before holds; null if unknown
   * @param own what the worker made of the round that is being averaged; null for a worker that did
   *     not take part
   */
  EagerShard(
      ShardState before,
      MomentumSource momentum,
      Coded lastChange,
      ShardUpdate own,
      Averaging averaging,
      int workers) {
    this.before = before;
    this.momentum = momentum;
    this.lastChange = lastChange;
    this.own = own;
    this.averaging = averaging;
    this.workers = workers;
  }

  @Override
  public int index() {
    return before.index();
  }

  @Override
  public void parameters(int from, float[] target, int count) {
    before.parameters(from, target, count);
    float[] guess = guess(from, count);
    if (guess != null) {
      averaging.step(target, guess, momentum.read(from, count), count);
    }
  }

  /** Null if nothing is known. */
  private float[] guess(int from, int count) {
    float[] mean = read(lastChange, from, count);
    float[] mine = own == null ? null : read(own.parameters(), from, count);
    if (mean == null || mine == null) {
      return mean == null ? mine : mean;
    }
    float share = 1f / workers;
    for (int i = 0; i < count; i++) {
      mean[i] += share * (mine[i] - mean[i]);
    }
    return mean;
  }

  private static float[] read(Coded coded, int from, int count) {
    if (coded == null) {
      return null;
    }
    float[] values = new float[count];
    coded.read(from, values, count);
    return values;
  }

  @Override
  public void moment(int number, int from, float[] target, int count) {
    if (own == null) {
      before.moment(number, from, target, count);
    } else {
      own.moments().get(number).read(from, target, count);
    }
  }
}
