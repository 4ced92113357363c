package org.kindling.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private Sharding sharding;
  private StateShard[] state;
  private float[][] momentum;

  public LocalRounds(RunDescription run, Storage storage) throws IOException {
    this(run, storage, Worker.open(run, storage));
  }

  LocalRounds(RunDescription run, Storage storage, Worker worker) {
    this.run = run;
    this.storage = storage;
    this.averaging = new Averaging(run.outer());
    this.sharding = run.sharding();
    this.worker = worker;
  }

  @Override
  public Sharding sharding() {
    return sharding;
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
    state = new StateShard[sharding.count()];
    momentum = new float[sharding.count()][];
    for (int s = 0; s < state.length; s++) {
      state[s] = worker.extract(sharding, s, List.of());
      momentum[s] = run.outer().hasMomentum() ? new float[sharding.length(s)] : null;
    }
  }

  @Override
  public void restore(Path checkpoint, CheckpointManifest manifest) throws IOException {
    sharding = new Sharding(manifest.vectorLength(), manifest.slices());
    state = new StateShard[sharding.count()];
    momentum = new float[sharding.count()][];
    for (int s = 0; s < state.length; s++) {
      StateFiles.Restored restored = StateFiles.read(storage, checkpoint, sharding, s);
      state[s] = restored.state();
      momentum[s] = restored.momentum();
    }
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan) throws IOException {
    int workers = run.training().workers();
    StateShard[][] results = new StateShard[sharding.count()][workers];
    List<WorkerReport> reports = new ArrayList<>();
    for (int w = 0; w < workers; w++) {
      loadState();
      WorkerReport report = worker.train(plan, w);
      reports.add(report);
      for (int s = 0; s < state.length; s++) {
        results[s][w] = worker.extract(sharding, s, s == 0 ? List.of(report) : List.of());
      }
    }
    for (int s = 0; s < state.length; s++) {
      Averaging.Result result = averaging.average(state[s], momentum[s], results[s]);
      state[s] = result.state();
      momentum[s] = result.momentum();
    }
    return reports;
  }

  private void loadState() {
    for (StateShard shard : state) {
      worker.load(sharding, shard);
    }
  }

  @Override
  public List<LossSum> validationLoss() throws IOException {
    loadState();
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
          s,
          sharding.count(),
          StateFiles.write(storage, directory, sharding, state[s], momentum[s]));
    }
    checkpoint.add(
        Checkpoint.MODEL,
        Checkpoint.writeModel(
            storage, directory, worker.model().layout(), StateFiles.parameters(sharding, state)));
  }

  @Override
  public void close() throws IOException {
    worker.close();
  }
}
