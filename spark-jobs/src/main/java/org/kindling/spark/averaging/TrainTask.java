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
import org.kindling.training.Slicing;
import org.kindling.training.StateSlice;
import org.kindling.training.WorkerReport;

/** A worker's part of a round: load the state, take the local steps, hand out the result. */
record TrainTask(
    RunDescription run,
    Slicing slicing,
    RoundPlan plan,
    Broadcast<SerializableConfiguration> hadoop)
    implements GatherRdd.Task<StateSlice, List<Contribution>> {

  @Override
  public Iterator<List<Contribution>> run(int worker, Iterator<StateSlice> state)
      throws IOException {
    return Replicas.use(
        run,
        new Storage(hadoop.value().value()),
        replica -> {
          state.forEachRemaining(slice -> replica.load(slicing, slice));
          WorkerReport report = replica.train(plan, worker);
          List<Contribution> results = new ArrayList<>();
          for (int s = 0; s < slicing.count(); s++) {
            List<WorkerReport> reports = s == 0 ? List.of(report) : List.of();
            results.add(new Contribution(worker, replica.cut(slicing, s, reports)));
          }
          return List.of(results).iterator();
        });
  }
}
