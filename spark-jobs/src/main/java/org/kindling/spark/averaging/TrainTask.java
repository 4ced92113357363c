package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.storage.Storage;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.kindling.training.Sharding;
import org.kindling.training.StateShard;
import org.kindling.training.WorkerReport;

/** A worker's part of a round: load the state, take the local steps, hand out the result. */
record TrainTask(
    RunDescription run,
    Sharding sharding,
    RoundPlan plan,
    Broadcast<SerializableConfiguration> hadoop)
    implements AllGatherRdd.Task<StateShard, List<Update>> {

  @Override
  public Iterator<List<Update>> run(int worker, Iterator<StateShard> state) throws IOException {
    return Replicas.use(
        run,
        new Storage(hadoop.value().value()),
        replica -> {
          state.forEachRemaining(shard -> replica.load(sharding, shard));
          WorkerReport report = replica.train(plan, worker);
          List<Update> results = new ArrayList<>();
          for (int s = 0; s < sharding.count(); s++) {
            List<WorkerReport> reports = s == 0 ? List.of(report) : List.of();
            results.add(new Update(worker, replica.extract(sharding, s, reports)));
          }
          return List.of(results).iterator();
        });
  }
}
