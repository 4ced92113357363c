package org.kindling.training;

import java.io.Closeable;
import java.util.ArrayList;
import java.util.List;
import org.kindling.exchange.Coded;
import org.kindling.kernels.HostMemory;

/**
 * The state of a run as one process holds it outside the heap, from round to round: whoever has the
 * state before a round needs only the round's update. Every shard knows after which round it is.
 * Threads may bring different shards forward at the same time; the same one, one after the other.
 */
public final class HeldState implements Closeable {
  private static final long NOTHING = -1;

  private final StateLayout layout;
  private final boolean keepsUpdates;
  private final Averaging averaging;
  private final HostMemory parameters;
  private final HostMemory momentum;
  private final Shard[] shards;

  /**
   * Memory for a state; it holds none yet.
   *
   * @param keepsUpdates whether updates stay on this process's heap anyway, so that moments need
   *     not be copied
   */
  public HeldState(RunDescription run, StateLayout layout, boolean keepsUpdates) {
    this.layout = layout;
    this.keepsUpdates = keepsUpdates;
    this.averaging = new Averaging(run);
    long size = layout.parameters().size();
    this.parameters = HostMemory.ofFloats(size);
    this.momentum = run.outer().hasMomentum() ? HostMemory.ofFloats(size) : null;
    this.shards = new Shard[layout.shards()];
    for (int s = 0; s < shards.length; s++) {
      shards[s] = new Shard(s);
    }
  }

  /** Bytes outside the heap that a run's state takes in each process. */
  public static long bytes(RunDescription run) {
    Averaging averaging = new Averaging(run);
    StateLayout layout = run.stateLayout();
    int vectors = run.outer().hasMomentum() ? 2 : 1;
    return layout.parameters().size() * Float.BYTES * vectors + averaging.momentBytes(layout);
  }

  public StateLayout layout() {
    return layout;
  }

  /** A shard, to be used while nobody else brings it forward. */
  public Shard shard(int number) {
    return shards[number];
  }

  /** Parameters from anywhere in the flat vector. */
  public void readParameters(long from, float[] target, int count) {
    parameters.read(from, target, count);
  }

  @Override
  public void close() {
    parameters.close();
    if (momentum != null) {
      momentum.close();
    }
    for (Shard shard : shards) {
      shard.moments.forEach(HeldCoded::close);
    }
  }

  /** One of its shards. */
  public final class Shard implements ShardState {
    private final int index;
    private final long offset;
    private final int length;
    private final List<HeldCoded> moments = new ArrayList<>();
    private volatile long round = NOTHING;

    private Shard(int index) {
      this.index = index;
      this.offset = layout.parameters().offset(index);
      this.length = layout.parameters().length(index);
    }

    @Override
    public int index() {
      return index;
    }

    /** The round after which this is the state; below 0 if it holds nothing. */
    public long round() {
      return round;
    }

    /**
     * A copy of the shard's state.
     *
     * @param coded the moments as they were exchanged
     */
    public StateShard copy(List<Coded> coded) {
      float[] copied = new float[length];
      float[] copiedMomentum = momentum == null ? null : new float[length];
      parameters.read(offset, copied, length);
      if (momentum != null) {
        momentum.read(offset, copiedMomentum, length);
      }
      return new StateShard(index, copied, copiedMomentum, coded);
    }

    /**
     * Where a worker begins a round while the one after this state is being averaged.
     *
     * @param own what it made of that round; null if it took no part
     */
    public ShardState before(ShardUpdate own) {
      return new EagerShard(this, this::momentum, own, averaging);
    }

    /** Takes a state, whole. */
    public void set(StateShard state, long after) {
      round = NOTHING;
      float[] part = new float[Math.min(Coded.CHUNK, length)];
      for (int from = 0; from < length; from += part.length) {
        int n = Math.min(part.length, length - from);
        state.parameters(from, part, n);
        parameters.write(offset + from, part, n);
        if (momentum != null) {
          System.arraycopy(state.outerMomentum(), from, part, 0, n);
          momentum.write(offset + from, part, n);
        }
      }
      hold(state.moments());
      round = after;
    }

    /**
     * Takes what a round changed.
     *
     * @param last whether no other update follows now: of those before, moments are not needed
     */
    public void add(ShardUpdate update, long of, boolean last) {
      if (of != round + 1) {
        throw new IllegalStateException(
            "shard " + index + ": is after round " + round + ", found the update of " + of);
      }
      round = NOTHING;
      float[] part = new float[Math.min(Coded.CHUNK, length)];
      float[] partMomentum = momentum == null ? null : new float[part.length];
      update
          .parameters()
          .forEach(
              (from, averaged, count) -> {
                parameters.read(offset + from, part, count);
                if (momentum != null) {
                  momentum.read(offset + from, partMomentum, count);
                }
                averaging.step(part, averaged, partMomentum, count);
                parameters.write(offset + from, part, count);
                if (momentum != null) {
                  momentum.write(offset + from, partMomentum, count);
                }
              });
      if (last) {
        hold(update.moments());
      }
      round = of;
    }

    private void hold(List<Coded> coded) {
      while (moments.size() < coded.size()) {
        moments.add(new HeldCoded(!keepsUpdates));
      }
      for (int m = 0; m < coded.size(); m++) {
        moments.get(m).hold(coded.get(m));
      }
    }

    @Override
    public void parameters(int from, float[] target, int count) {
      parameters.read(offset + from, target, count);
    }

    private float[] momentum(int from, int count) {
      if (momentum == null) {
        return null;
      }
      float[] part = new float[count];
      momentum.read(offset + from, part, count);
      return part;
    }

    @Override
    public void moment(int number, int from, float[] target, int count) {
      moments.get(number).read(from, target, count);
    }
  }
}
