package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.training.HeldState;
import org.kindling.training.ShardState;
import org.kindling.training.ShardUpdate;

/**
 * Where the workers of a round begin.
 *
 * @param state a state that is averaged
 * @param made what workers made of the round after it, which is still being averaged; null if there
 *     is none
 */
record RoundStart(StateRef state, MadeUpdates made) implements Serializable {

  /** What workers made of a round, as tasks find it. */
  interface MadeUpdates extends Serializable {
    /** One worker's update to a shard; null for one that took no part. */
    ShardUpdate of(int worker, int shard, Received received) throws IOException;
  }

  static RoundStart of(StateRef state) {
    return new RoundStart(state, null);
  }

  /** What a worker begins a shard with. */
  ShardState of(HeldState.Shard held, int worker, Received received) throws IOException {
    if (made == null) {
      return held;
    }
    ShardUpdate own = made.of(worker, held.index(), received);
    return held.before(own);
  }
}
