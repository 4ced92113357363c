package org.kindling.training;

/**
 * Where a worker begins a round whose predecessor is still being averaged: the state before that
 * one, moved by an outer step on the worker's own change, as if all had made the same. What the
 * others made comes with the state of the next round. Moments are the worker's own, the newest that
 * there are.
 *
 * @see <a href="https://arxiv.org/abs/2502.12996">Kale et al. 2025, eager updates</a>
 */
final class EagerShard implements ShardState {
  private final ShardState before;
  private final MomentumSource momentum;
  private final ShardUpdate own;
  private final Averaging averaging;

  /** The outer momentum of the state before. */
  @FunctionalInterface
  interface MomentumSource {
    /** A copy of a part; null if there is none. */
    float[] read(int from, int count);
  }

  /**
   * @param own what the worker made of the round that is being averaged; null for a worker that did
   *     not take part
   */
  EagerShard(ShardState before, MomentumSource momentum, ShardUpdate own, Averaging averaging) {
    this.before = before;
    this.momentum = momentum;
    this.own = own;
    this.averaging = averaging;
  }

  @Override
  public int index() {
    return before.index();
  }

  @Override
  public void parameters(int from, float[] target, int count) {
    before.parameters(from, target, count);
    float[] part = new float[count];
    if (own != null) {
      own.parameters().read(from, part, count);
    }
    averaging.step(target, part, momentum.read(from, count), count);
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
