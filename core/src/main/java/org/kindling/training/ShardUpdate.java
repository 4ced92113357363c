package org.kindling.training;

import java.io.Serializable;
import java.util.List;
import org.kindling.exchange.Coded;

/**
 * What a round makes of a shard, as it crosses the network: one worker's result, or the mean of all
 * of them. Shared by tasks once made, so never written to afterwards.
 *
 * @param shard its number
 * @param parameters the change in the round, start minus end; in full precision the end itself
 * @param moments of the inner optimizer after the round
 * @param reports in shard 0 that of the worker, or of all of them in order; otherwise none
 */
public record ShardUpdate(
    int shard, Coded parameters, List<Coded> moments, List<WorkerReport> reports)
    implements Serializable {
  public ShardUpdate {
    moments = List.copyOf(moments);
    reports = List.copyOf(reports);
  }

  /** A worker's report alone, in the place of a shard. */
  public static ShardUpdate ofReport(int shard, WorkerReport report) {
    return new ShardUpdate(shard, Coded.of(new float[0]), List.of(), List.of(report));
  }

  /** Bytes of all vectors. */
  public long bytes() {
    return parameters.bytes().length + moments.stream().mapToLong(m -> m.bytes().length).sum();
  }
}
