package org.kindling.scale;

/**
 * Which executors average and keep a shard. The first copy goes round, as Spark's scheduler offers
 * executors in turns; the second lies as far away as can be, so that copies are spread evenly.
 * Spark draws the executor of the second copy, which is even only in the mean. Immutable.
 *
 * @param shards of the state
 * @param executors at least 1
 */
record Placement(int shards, int executors) {
  int first(int shard) {
    return shard % executors;
  }

  /** The same as the first where there is but one. */
  int second(int shard) {
    return (int) ((shard + (executors + 1L) / 2) % executors);
  }

  /** Shards that the busiest executor averages. */
  int most() {
    return (shards + executors - 1) / executors;
  }

  boolean hasSecond() {
    return executors > 1;
  }

  /** Copies of a shard. */
  int copies() {
    return hasSecond() ? 2 : 1;
  }
}
