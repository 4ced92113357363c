package org.kindling.training;

import java.io.Serializable;
import java.util.List;
import org.kindling.optimizer.MomentSpec;

/**
 * The vectors of a run's state that its workers exchange, and how they are cut: the parameters, and
 * what the inner optimizer keeps between steps. Every vector is cut into as many shards; those of a
 * number belong together.
 *
 * @param parameters how these are cut
 * @param moments the others
 */
public record StateLayout(Sharding parameters, List<MomentSpec> moments) implements Serializable {
  public StateLayout {
    moments = List.copyOf(moments);
  }

  /** Shards of each vector. */
  public int shards() {
    return parameters.count();
  }

  /** How a moment is cut. */
  public Sharding moment(int number) {
    return new Sharding(moments.get(number).size(), parameters.count());
  }

  /** Elements of all vectors. */
  public long elements() {
    return parameters.size() + moments.stream().mapToLong(MomentSpec::size).sum();
  }
}
