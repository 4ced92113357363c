package org.kindling.training;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.kindling.exchange.Coded;

/**
 * One shard of a run's whole state between rounds. Shared by tasks once made, so never written to
 * afterwards.
 *
 * @param index of the shard
 * @param parameters [shard length]
 * @param outerMomentum [shard length], null if the settings have none
 * @param moments of the inner optimizer, as they were exchanged
 */
public record StateShard(int index, float[] parameters, float[] outerMomentum, List<Coded> moments)
    implements ShardState, Serializable {
  public StateShard {
    moments = List.copyOf(moments);
  }

  /** The beginning of a run: moments are zero. */
  static StateShard first(StateLayout layout, int index, float[] parameters, Averaging averaging) {
    List<Coded> moments = new ArrayList<>();
    for (int m = 0; m < layout.moments().size(); m++) {
      moments.add(averaging.zeros(layout.moments().get(m), layout.moment(m).length(index)));
    }
    float[] momentum = averaging.hasMomentum() ? new float[parameters.length] : null;
    return new StateShard(index, parameters, momentum, moments);
  }

  /** Bytes of all vectors. */
  public long bytes() {
    long floats = outerMomentum == null ? parameters.length : 2L * parameters.length;
    return floats * Float.BYTES + moments.stream().mapToLong(m -> m.bytes().length).sum();
  }

  @Override
  public void parameters(int from, float[] target, int count) {
    System.arraycopy(parameters, from, target, 0, count);
  }

  /** A copy of a part of the outer momentum; null if there is none. */
  float[] momentum(int from, int count) {
    return outerMomentum == null ? null : Arrays.copyOfRange(outerMomentum, from, from + count);
  }

  @Override
  public void moment(int number, int from, float[] target, int count) {
    moments.get(number).read(from, target, count);
  }
}
