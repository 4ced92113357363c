package org.kindling.training;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.Mixture;
import org.kindling.evaluation.LossSum;
import org.kindling.kernels.Arithmetic;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelFlops;
import org.kindling.optimizer.LearningRateSchedule;
import org.kindling.storage.Lease;
import org.kindling.storage.Storage;

/**
 * A run from its first round, or its newest checkpoint, to its last: rounds, validation loss,
 * metrics, checkpoints, and starting again from files if the engine loses its state.
 */
public final class TrainingRun {
  public static final String SETTINGS_FILE = "settings.yaml";
  private static final int LOSSES_WITHOUT_PROGRESS = 3;

  private final RunDescription run;
  private final RunIdentity identity;
  private final CheckpointSettings checkpoints;
  private final Storage storage;
  private final RoundEngine engine;
  private final RunListener listener;
  private final CheckpointStore store;
  private final MetricsFile metrics;
  private final LearningRateSchedule schedule;
  private final long parameters;
  private final Duration leaseTerm;

  /** Held from before the first write to the end of the run. */
  private Lease lease;

  private SourceProgress sources;
  private WorkersOfRounds workers;
  private String workersFixedBy;
  private BranchPoint branch;
  private Path origin;

  public TrainingRun(
      RunDescription run,
      RunIdentity identity,
      CheckpointSettings checkpoints,
      Storage storage,
      RoundEngine engine,
      RunListener listener) {
    this(run, identity, checkpoints, storage, engine, listener, Lease.TERM);
  }

  TrainingRun(
      RunDescription run,
      RunIdentity identity,
      CheckpointSettings checkpoints,
      Storage storage,
      RoundEngine engine,
      RunListener listener,
      Duration leaseTerm) {
    this.leaseTerm = leaseTerm;
    this.run = run;
    this.identity = identity;
    this.checkpoints = checkpoints;
    this.storage = storage;
    this.engine = engine;
    this.listener = listener;
    this.store = new CheckpointStore(storage, identity.directory());
    this.metrics = new MetricsFile(storage, identity.directory());
    this.parameters = LanguageModels.layout(run.model(), run.vocabulary()).parameters();
    this.schedule = new LearningRateSchedule(run.optimizer(), run.training().steps());
  }

  /** Lets the run, where it would begin at step 0, go on from a checkpoint of another. */
  public TrainingRun branchingFrom(BranchPoint branch) {
    this.branch = branch;
    return this;
  }

  /**
   * Lets the run, where it would begin at its init, begin with the parameters of a model.
   *
   * @param model its directory; null for the init
   */
  public TrainingRun startingFrom(Path model) {
    this.origin = model;
    return this;
  }

  /**
   * Lets the run refuse requests for another number of workers.
   *
   * @param why what fixes it
   */
  public TrainingRun withFixedWorkers(String why) {
    this.workersFixedBy = why;
    return this;
  }

  /**
   * Starts from step 0, or where it branches off.
   *
   * @throws IllegalArgumentException if the directory holds a run already, or someone's files
   */
  public Progress start() throws IOException {
    requireNew(storage, identity.directory());
    // First what may refuse: a model that does not fit into memory should leave no directory.
    Progress first = fromTheBeginning();
    try (Lease lease = Lease.take(storage, identity.directory(), leaseTerm)) {
      this.lease = lease;
      // Another driver may have started the same run since.
      requireNew(storage, identity.directory());
      storage.writeText(new Path(identity.directory(), SETTINGS_FILE), identity.settingsText());
      metrics.flush();
      return finish(first);
    }
  }

  /** Refuses a directory that is not free for a new run. */
  public static void requireNew(Storage storage, Path directory) throws IOException {
    storage.requireOurs(directory, SETTINGS_FILE);
    if (storage.exists(new Path(directory, SETTINGS_FILE))) {
      throw new IllegalArgumentException(
          directory
              + ": holds a run already; continue it with --resume, or give run: another directory");
    }
  }

  /** Goes on from the newest valid checkpoint, or from the start if there is none yet. */
  public Progress resume() throws IOException {
    try (Lease lease = Lease.take(storage, identity.directory(), leaseTerm)) {
      this.lease = lease;
      store.deleteUnfinished();
      storage.writeText(new Path(identity.directory(), SETTINGS_FILE), identity.settingsText());
      Progress first = fromNewestCheckpoint();
      metrics.flush();
      return finish(first);
    }
  }

  private Progress fromTheBeginning() throws IOException {
    if (branch != null) {
      CheckpointStore other = new CheckpointStore(storage, branch.prefixRun());
      Optional<CheckpointStore.Found> origin = other.validAt(branch.step());
      if (origin.isPresent()) {
        return fromSharedPrefix(origin.get());
      }
      listener.message(
          branch.prefixRun().getName()
              + " has no valid checkpoint of step "
              + branch.step()
              + ", starting from step 0, with the same result");
    }
    engine.initialize(origin);
    metrics.rewindTo(0);
    return Progress.START;
  }

  private Progress fromSharedPrefix(CheckpointStore.Found origin) throws IOException {
    CheckpointManifest manifest = origin.manifest();
    boolean fits =
        manifest.datasetHash().equals(identity.datasetHash())
            && manifest.documents().equals(run.data().documents().label())
            && manifest.vectorLength() == engine.sharding().size()
            && manifest.momentum() == run.outer().hasMomentum();
    if (!fits) {
      throw new IllegalArgumentException(
          origin.directory()
              + ": is of other data, another model or another outer optimizer than "
              + identity.directory()
              + ", which should go on from it; use another directory of runs");
    }
    restore(origin);
    metrics.branchFrom(branch.prefixRun(), manifest.round());
    listener.message("branching off " + branch.prefixRun().getName() + " at step " + branch.step());
    return position(manifest);
  }

  /** Goes on from a checkpoint, on whatever machine it was written. */
  private void restore(CheckpointStore.Found checkpoint) throws IOException {
    CheckpointManifest manifest = checkpoint.manifest();
    engine.restore(checkpoint.directory(), manifest);
    if (!manifest.exchange().equals(run.training().exchange())) {
      listener.message(
          "note: workers exchanged "
              + manifest.exchange()
              + " up to "
              + checkpoint.directory().getName()
              + " and exchange "
              + run.training().exchange()
              + " from here on (training.exchange)");
    }
    String now = engine.arithmetic().map(Arithmetic::toString).orElse(null);
    if (now != null && manifest.arithmetic() != null && !now.equals(manifest.arithmetic())) {
      listener.message(
          "warning: "
              + checkpoint.directory().getName()
              + " was computed with "
              + manifest.arithmetic()
              + ", and this goes on with "
              + now
              + "; the run can go on, but its bits will not be those of a run on one kind of machine");
    }
  }

  private static Progress position(CheckpointManifest manifest) {
    return new Progress(manifest.round(), manifest.step(), manifest.samples(), manifest.tokens());
  }

  private Progress fromNewestCheckpoint() throws IOException {
    Optional<CheckpointStore.Found> newest = store.newestValid(listener::message);
    if (newest.isEmpty()) {
      if (branch == null) {
        listener.message("no valid checkpoint, starting from step 0");
      }
      return fromTheBeginning();
    }
    CheckpointManifest manifest = newest.get().manifest();
    restore(newest.get());
    metrics.rewindTo(manifest.round());
    listener.message("going on from checkpoint " + newest.get().directory().getName());
    return position(manifest);
  }

  private Progress finish(Progress start) throws IOException {
    Mixture data = Mixture.open(storage, run.data());
    sources = new SourceProgress(data, run.model().context(), run.training().seed());
    workers = workers(data);
    workers.goOnFrom(start);
    listener.started(start);
    Progress progress = start;
    long furthest = start.step();
    int losses = 0;
    while (progress.step() < run.training().steps()) {
      try {
        progress = oneRound(progress);
        if (progress.step() > furthest) {
          furthest = progress.step();
          losses = 0;
        }
      } catch (StateLostException e) {
        losses++;
        if (losses > LOSSES_WITHOUT_PROGRESS) {
          throw e;
        }
        listener.message("state lost (" + e.getMessage() + "), rebuilding it from files");
        progress = fromNewestCheckpoint();
        workers.goOnFrom(progress);
      } catch (ArithmeticException e) {
        throw withCause(e.getMessage() + "; " + lastGoodCheckpoint(), e);
      }
    }
    workers.end();
    return progress;
  }

  private WorkersOfRounds workers(Mixture data) throws IOException {
    long samples = Arrays.stream(data.samples(run.model().context())).sum();
    return new WorkersOfRounds(
        storage, identity.directory(), run, samples, workersFixedBy, listener);
  }

  private static ArithmeticException withCause(String message, ArithmeticException cause) {
    ArithmeticException exception = new ArithmeticException(message);
    exception.initCause(cause);
    return exception;
  }

  private String lastGoodCheckpoint() throws IOException {
    return store
        .newestValid()
        .map(found -> "the last good checkpoint is " + found.directory())
        .orElse("there is no checkpoint yet");
  }

  private Progress oneRound(Progress before) throws IOException {
    long start = System.nanoTime();
    lease.requireHeldLately();
    RoundPlan plan = awaited(before, before.next(run.training(), workers.next(before)));
    Optional<Quorum> quorum = workers.quorum(plan.round());
    List<WorkerReport> reports =
        quorum.isPresent() ? engine.round(plan, quorum.get()) : engine.round(plan);
    WorkerReport.requireFinite(reports);
    if (reports.size() < plan.workers()) {
      listener.message(
          String.format(
              Locale.ROOT,
              "round %d: %d of %d workers were done in time and count",
              plan.round(),
              reports.size(),
              plan.workers()));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    Progress after = before.after(plan, run.training(), run.model().context());
    boolean last = after.step() >= run.training().steps();
    List<LossSum> validation =
        isDue(run.evaluation().everyRounds(), after, last) ? engine.validationLoss() : null;
    RoundMetrics measured = measure(plan, after, reports, validation, seconds);
    lease.requireHeldLately();
    metrics.add(measured);
    listener.roundFinished(after, measured);
    if (wantsCheckpoint(after, last)) {
      checkpoint(after, last);
      listener.checkpointWritten(after);
    }
    return after;
  }

  /** A function of settings and position alone, so that a resumed run waits where the first did. */
  private RoundPlan awaited(Progress before, RoundPlan plan) {
    Progress after = before.after(plan, run.training(), run.model().context());
    boolean last = after.step() >= run.training().steps();
    return plan.awaited(
        isDue(run.evaluation().everyRounds(), after, last) || wantsCheckpoint(after, last));
  }

  private boolean wantsCheckpoint(Progress after, boolean last) {
    return isDue(checkpoints.everyRounds(), after, last)
        || checkpoints.atSteps().contains(after.step());
  }

  private static boolean isDue(int everyRounds, Progress after, boolean last) {
    return everyRounds > 0 && (last || after.round() % everyRounds == 0);
  }

  private RoundMetrics measure(
      RoundPlan plan,
      Progress after,
      List<WorkerReport> reports,
      List<LossSum> validation,
      double seconds) {
    double loss = 0;
    double weight = 0;
    double norm = 0;
    double slowest = 0;
    int steps = 0;
    for (WorkerReport report : reports) {
      loss += report.lossSum();
      weight += report.weight();
      norm += report.gradientNormSum();
      steps += report.steps();
      slowest = Math.max(slowest, report.trainingSeconds());
    }
    return new RoundMetrics(
        after.round(),
        plan.workers(),
        after.step(),
        after.samples(),
        after.tokens(),
        flops(after),
        weight > 0 ? loss / weight : null,
        norm / steps,
        schedule.at(after.step()),
        validation == null ? null : sources.mean(validation),
        seconds,
        Math.max(0, seconds - slowest),
        (after.samples() - plan.samplesBefore()) * run.model().context() / seconds,
        engine.traffic().orElse(null),
        sources.at(after.samples(), validation));
  }

  /** The definition that the scaling fits use: 6·N·D for transformers. */
  private double flops(Progress progress) {
    return ModelFlops.forScaling(run.model(), run.vocabulary()) * progress.tokens();
  }

  private void checkpoint(Progress progress, boolean last) throws IOException {
    lease.requireHeld();
    metrics.flush();
    try (CheckpointWriter writer = store.begin(progress.step())) {
      engine.write(writer);
      writer.addConfig(
          Checkpoint.writeConfig(
              storage,
              writer.directory(),
              new ModelConfig(run.model(), run.vocabulary()),
              identity.endOfText()));
      writer.add(
          Checkpoint.TOKENIZER,
          storage.writeText(
              new Path(writer.directory(), Checkpoint.TOKENIZER), identity.tokenizerJson()));
      writer.add(
          Checkpoint.TOKENIZER_CONFIG,
          storage.writeText(
              new Path(writer.directory(), Checkpoint.TOKENIZER_CONFIG),
              identity.tokenizerConfig()));
      lease.requireHeld();
      writer.commit(manifest(progress, last));
    }
    store.retain(checkpoints);
  }

  private CheckpointManifest manifest(Progress progress, boolean last) {
    return new CheckpointManifest(
        CheckpointManifest.FORMAT_VERSION,
        identity.name(),
        run.model().family(),
        progress.round(),
        progress.step(),
        progress.samples(),
        progress.tokens(),
        flops(progress),
        parameters,
        LanguageModels.embeddingParameters(run.model(), run.vocabulary()),
        last,
        identity.settingsHash(),
        identity.datasetHash(),
        identity.tokenizerHash(),
        engine.sharding().count(),
        engine.sharding().size(),
        run.outer().hasMomentum(),
        run.data().documents().label(),
        engine.arithmetic().map(Arithmetic::toString).orElse(null),
        run.training().exchange(),
        java.util.Map.of());
  }
}
