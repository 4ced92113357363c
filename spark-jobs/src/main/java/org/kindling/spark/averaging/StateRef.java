package org.kindling.spark.averaging;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.training.Averaging;
import org.kindling.training.HeldState;
import org.kindling.training.ShardUpdate;
import org.kindling.training.StateShard;

/**
 * The state of a run after a round, as tasks are told of it: a whole state after some round, and
 * the update of every round since.
 *
 * @param run names the state's line of rounds: another one begins where files bring a state back
 * @param baseRound the round after which the whole state is
 * @param base the whole state; null where it is only in what this process holds
 * @param updates of the rounds after it, in order
 */
record StateRef(
    String run, long baseRound, StoredShards<StateShard> base, List<StoredUpdate> updates)
    implements Serializable {
  StateRef {
    updates = List.copyOf(updates);
  }

  /** The round that the state is after. */
  long round() {
    return baseRound + updates.size();
  }

  /**
   * Brings what this process holds of a shard to the state, by as little as it lacks.
   *
   * @throws IllegalStateException if it holds a later one already: this task is of a round that is
   *     over
   */
  void bring(HeldState.Shard held, Received received) throws IOException {
    int shard = held.index();
    if (held.round() > round()) {
      throw new IllegalStateException(
          String.format(
              "shard %d: is after round %d already, and this task of after round %d comes too late",
              shard, held.round(), round()));
    }
    if (held.round() < baseRound) {
      held.set(base(shard, received), baseRound);
    }
    for (long next = held.round() + 1; next <= round(); next++) {
      ShardUpdate update = updates.get((int) (next - baseRound - 1)).read(shard, received);
      held.add(update, next, next == round());
    }
  }

  /** The whole state of a shard. */
  StateShard whole(int shard, Averaging averaging, Received received) throws IOException {
    StateShard state = base(shard, received);
    for (StoredUpdate update : updates) {
      state = averaging.after(state, update.read(shard, received));
    }
    return state;
  }

  private StateShard base(int shard, Received received) throws IOException {
    if (base == null) {
      throw new LostShardException("state after round " + baseRound + ", shard " + shard);
    }
    return base.read(shard, received);
  }
}
