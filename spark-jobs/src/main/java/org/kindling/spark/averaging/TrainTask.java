package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.spark.cluster.DeviceTask;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.storage.Storage;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.kindling.training.ShardUpdate;
import org.kindling.training.StateLayout;
import org.kindling.training.Worker;
import org.kindling.training.WorkerReport;

/**
 * A worker's part of a round: load the state, take the local steps, hand out the result, a shard at
 * a time as it is asked for, so that the heap never holds all of it.
 *
 * @param announces whether a last element, behind all shards, brings the report alone
 */
record TrainTask(
    RunDescription run,
    StateLayout layout,
    RoundPlan plan,
    RoundStart start,
    boolean announces,
    Broadcast<SerializableConfiguration> hadoop)
    implements TaskRdd.Task<Update> {

  @Override
  public Iterator<Update> run(int worker) throws IOException {
    KernelRequest request = KernelRequest.ofTraining(run);
    return DeviceTask.run(
        request,
        device -> {
          LendingPool<RunDescription, Worker>.Loan loan =
              Replicas.lend(run, new Storage(hadoop.value().value()), device);
          try {
            return new Results(loan, train(loan.value(), worker), request);
          } catch (Throwable e) {
            loan.throwAway(e);
            throw e;
          }
        });
  }

  private WorkerReport train(Worker replica, int worker) throws IOException {
    Received received = new Received();
    HeldStates.forEachShard(
        run,
        layout,
        start.state(),
        worker,
        received,
        held -> replica.load(layout, start.of(held, worker, received)));
    String here = StoredShards.executor(SparkEnv.get().blockManager().blockManagerId());
    return replica
        .train(plan, worker, TaskContext.get()::killTaskIfInterrupted)
        .at(here, received.bytes());
  }

  /** Gives the replica back when the last result was taken. */
  private final class Results implements Iterator<Update> {
    private final LendingPool<RunDescription, Worker>.Loan loan;
    private final WorkerReport report;
    private final KernelRequest request;
    private int next;

    Results(
        LendingPool<RunDescription, Worker>.Loan loan, WorkerReport report, KernelRequest request) {
      this.loan = loan;
      this.report = report;
      this.request = request;
      // A task that is killed reads no further.
      TaskContext.get()
          .addTaskCompletionListener(
              (TaskCompletionListener)
                  context -> loan.throwAway(new IOException("the task ended before its results")));
    }

    @Override
    public boolean hasNext() {
      return next < layout.shards() + (announces ? 1 : 0);
    }

    @Override
    public Update next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      try {
        ShardUpdate update =
            next < layout.shards()
                ? DeviceTask.run(request, device -> loan.value().result(layout, next, plan, report))
                : ShardUpdate.ofReport(next, report);
        next++;
        if (next >= layout.shards()) {
          loan.giveBack();
        }
        return new Update(report.worker(), update);
      } catch (IOException | RuntimeException | Error e) {
        loan.throwAway(e);
        throw unchecked(e);
      }
    }

    private static RuntimeException unchecked(Throwable e) {
      if (e instanceof IOException checked) {
        return new java.io.UncheckedIOException(checked);
      }
      if (e instanceof Error error) {
        throw error;
      }
      return (RuntimeException) e;
    }
  }
}
