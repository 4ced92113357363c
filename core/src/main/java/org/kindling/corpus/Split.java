package org.kindling.corpus;

/** The parts of a dataset, by the names that files and manifests use. */
public enum Split {
  TRAIN,
  VALIDATION;

  /** {@code train} or {@code validation}. */
  public String label() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Name of a shard without suffix: {@code train-00000-of-00008}. */
  public String shardName(int shard, int shards) {
    return String.format("%s-%05d-of-%05d", label(), shard, shards);
  }
}
