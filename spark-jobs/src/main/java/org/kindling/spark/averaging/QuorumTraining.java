package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.Dependency;
import org.apache.spark.FutureAction;
import org.apache.spark.rdd.RDD;
import org.kindling.training.Quorum;
import org.kindling.training.WorkerReport;

/**
 * The training of a round that may go without some workers: a job for each, so that what is done is
 * known as it is done. To be made, waited for, and then to be read as a {@link ReduceScatter} of
 * those that count.
 */
final class QuorumTraining implements ReduceScatter {
  private static final long LOOK_MILLIS = 5;

  private final Map<Integer, ReduceScatter> made;
  private final Map<Integer, FutureAction<List<List<WorkerReport>>>> jobs = new TreeMap<>();
  private final Map<Integer, ReduceScatter> counted = new TreeMap<>();

  /**
   * Starts the jobs.
   *
   * @param made by worker, what a task for it alone will make
   */
  QuorumTraining(Map<Integer, ReduceScatter> made) {
    this.made = new TreeMap<>(made);
    this.made.forEach((worker, results) -> jobs.put(worker, results.reports()));
  }

  /**
   * Waits until enough are done, and has it put on record who counts.
   *
   * @return their reports, in their order
   */
  List<WorkerReport> await(Quorum quorum) throws Exception {
    try {
      List<Integer> workers = quorum.decided().isPresent() ? all() : enough(quorum);
      if (quorum.decided().isEmpty()) {
        quorum.decide(workers);
      }
      List<WorkerReport> reports = new ArrayList<>();
      for (int worker : workers) {
        jobs.get(worker).get().forEach(reports::addAll);
        counted.put(worker, made.get(worker));
      }
      return reports;
    } finally {
      cancel();
    }
  }

  void cancel() {
    jobs.values().stream().filter(job -> !job.isCompleted()).forEach(FutureAction::cancel);
  }

  private List<Integer> all() {
    return List.copyOf(jobs.keySet());
  }

  private List<Integer> enough(Quorum quorum) throws Exception {
    long deadline = Long.MAX_VALUE;
    while (true) {
      List<Integer> done = done();
      if (done.size() == jobs.size() || System.nanoTime() >= deadline) {
        return done;
      }
      if (deadline == Long.MAX_VALUE && done.size() >= quorum.least()) {
        deadline = System.nanoTime() + quorum.grace().toNanos();
      }
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /** Those that are done; what failed for good ends the round. */
  private List<Integer> done() throws Exception {
    List<Integer> done = new ArrayList<>();
    for (var job : jobs.entrySet()) {
      if (job.getValue().isCompleted()) {
        job.getValue().get();
        done.add(job.getKey());
      }
    }
    return done;
  }

  /** Workers that count. */
  List<Integer> workers() {
    return List.copyOf(counted.keySet());
  }

  @Override
  public RDD<List<Update>> byShard() {
    List<RDD<List<Update>>> all = new ArrayList<>();
    counted.values().forEach(one -> all.add(one.byShard()));
    return zipped(all);
  }

  /** A tree, not a chain: tasks go down to the results of hundreds of workers by recursion. */
  private static RDD<List<Update>> zipped(List<RDD<List<Update>>> all) {
    if (all.size() == 1) {
      return all.get(0);
    }
    int half = all.size() / 2;
    RDD<List<Update>> first = zipped(all.subList(0, half));
    RDD<List<Update>> second = zipped(all.subList(half, all.size()));
    return new ZipRdd<>(first, second, QuorumTraining::both);
  }

  private static List<Update> both(List<Update> first, List<Update> second) {
    List<Update> both = new ArrayList<>(first);
    both.addAll(second);
    return both;
  }

  @Override
  public FutureAction<List<List<WorkerReport>>> reports() {
    throw new UnsupportedOperationException("each worker has a job of its own");
  }

  @Override
  public RoundStart.MadeUpdates made() {
    Map<Integer, RoundStart.MadeUpdates> byWorker = new TreeMap<>();
    counted.forEach((worker, results) -> byWorker.put(worker, results.made()));
    return (worker, shard, received) ->
        byWorker.containsKey(worker) ? byWorker.get(worker).of(0, shard, received) : null;
  }

  @Override
  public List<Dependency<?>> dependencies() {
    List<Dependency<?>> all = new ArrayList<>();
    counted.values().forEach(results -> all.addAll(results.dependencies()));
    return all;
  }

  @Override
  public void close() throws IOException {
    for (ReduceScatter results : made.values()) {
      results.close();
    }
  }
}
