package org.kindling.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.evaluation.LossSum;
import org.kindling.kernels.Arithmetic;
import org.kindling.storage.Storage;

/**
 * Rounds in this process, one worker after the other on one replica. The short program that says
 * what the distributed one must compute.
 */
public final class LocalRounds implements RoundEngine {
  private final RunDescription run;
  private final Storage storage;
  private final Averaging averaging;
  private final Worker worker;
  private StateLayout layout;
  private StateShard[] state;

  /** What workers made of the round that is still to be averaged; null if there is none. */
  private Round pending;

  /**
   * Updates before they are averaged.
   *
   * @param workers whose they are
   * @param byShard [shard][place among the workers]
   */
  private record Round(long number, List<Integer> workers, List<List<ShardUpdate>> byShard) {}

  public LocalRounds(RunDescription run, Storage storage) throws IOException {
    this(run, storage, Worker.open(run, storage));
  }

  LocalRounds(RunDescription run, Storage storage, Worker worker) {
    this.run = run;
    this.storage = storage;
    this.averaging = new Averaging(run);
    this.layout = run.stateLayout();
    this.worker = worker;
  }

  @Override
  public Sharding sharding() {
    return layout.parameters();
  }

  @Override
  public Optional<Arithmetic> arithmetic() {
    return Optional.of(worker.arithmetic());
  }

  @Override
  public void initialize(Path model) throws IOException {
    if (model == null) {
      worker.initialize();
    } else {
      worker.initialize(storage, model);
    }
    begin(s -> worker.first(layout, s));
  }

  @Override
  public void restore(Path checkpoint, CheckpointManifest manifest) throws IOException {
    layout = run.stateLayout(new Sharding(manifest.vectorLength(), manifest.slices()));
    boolean hasMomentum = run.outer().hasMomentum();
    begin(s -> StateFiles.read(storage, checkpoint, layout, s, hasMomentum));
  }

  private interface FirstShard {
    StateShard of(int shard) throws IOException;
  }

  private void begin(FirstShard first) throws IOException {
    pending = null;
    state = new StateShard[layout.shards()];
    for (int s = 0; s < state.length; s++) {
      state[s] = first.of(s);
    }
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan) throws IOException {
    return round(plan, IntStream.range(0, plan.workers()).boxed().toList());
  }

  /** One after the other, nobody is late. */
  @Override
  public List<WorkerReport> round(RoundPlan plan, Quorum quorum) throws IOException {
    Optional<List<Integer>> decided = quorum.decided();
    if (decided.isEmpty()) {
      quorum.decide(IntStream.range(0, plan.workers()).boxed().toList());
    }
    return decided.isEmpty() ? round(plan) : round(plan, decided.get());
  }

  private List<WorkerReport> round(RoundPlan plan, List<Integer> workers) throws IOException {
    List<List<ShardUpdate>> results = new ArrayList<>();
    for (int s = 0; s < state.length; s++) {
      results.add(new ArrayList<>());
    }
    List<WorkerReport> reports = new ArrayList<>();
    for (int w : workers) {
      for (int s = 0; s < state.length; s++) {
        worker.load(layout, start(s, w));
      }
      WorkerReport report = worker.train(plan, w);
      reports.add(report);
      for (int s = 0; s < state.length; s++) {
        results.get(s).add(worker.result(layout, s, plan, report));
      }
    }
    average();
    pending = new Round(plan.round(), workers, results);
    if (plan.isAwaited() || !averaging.isOverlapped()) {
      average();
    }
    return reports;
  }

  private ShardState start(int shard, int worker) {
    if (pending == null) {
      return state[shard];
    }
    List<ShardUpdate> made = pending.byShard().get(shard);
    int place = pending.workers().indexOf(worker);
    StateShard before = state[shard];
    return new EagerShard(before, before::momentum, place < 0 ? null : made.get(place), averaging);
  }

  private void average() {
    if (pending != null) {
      for (int s = 0; s < state.length; s++) {
        ShardUpdate mean = averaging.mean(pending.number(), pending.byShard().get(s));
        state[s] = averaging.after(state[s], mean);
      }
      pending = null;
    }
  }

  @Override
  public List<LossSum> validationLoss() throws IOException {
    for (StateShard shard : state) {
      worker.load(layout, shard);
    }
    List<LossSum> sums = LossSum.none(run.data().sources().size());
    for (int part = 0; part < run.training().workers(); part++) {
      sums = LossSum.plus(sums, worker.validationLoss(part));
    }
    return sums;
  }

  @Override
  public void write(CheckpointWriter checkpoint) throws IOException {
    Path directory = checkpoint.directory();
    for (int s = 0; s < state.length; s++) {
      checkpoint.addShard(
          s, layout.shards(), StateFiles.write(storage, directory, layout, state[s]));
    }
    checkpoint.add(
        Checkpoint.MODEL,
        Checkpoint.writeModel(
            storage,
            directory,
            worker.model().layout(),
            StateFiles.parameters(layout.parameters(), state)));
  }

  @Override
  public void close() throws IOException {
    worker.close();
  }
}
