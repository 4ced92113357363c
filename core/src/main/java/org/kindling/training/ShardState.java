package org.kindling.training;

/** A shard of the state that a worker begins a round with, wherever it lies. */
public interface ShardState {
  /** Number of the shard. */
  int index();

  /**
   * Copies parameters.
   *
   * @param from position in the shard, a multiple of {@link org.kindling.exchange.Coded#CHUNK}
   * @param target [count]
   */
  void parameters(int from, float[] target, int count);

  /** As {@link #parameters}, of a vector that the inner optimizer keeps. */
  void moment(int number, int from, float[] target, int count);
}
