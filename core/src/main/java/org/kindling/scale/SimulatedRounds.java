package org.kindling.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.evaluation.LossSum;
import org.kindling.training.Quorum;
import org.kindling.training.RoundEngine;
import org.kindling.training.RoundPlan;
import org.kindling.training.Sharding;
import org.kindling.training.StateLayout;
import org.kindling.training.StateLostException;
import org.kindling.training.Traffic;
import org.kindling.training.TrainingSettings;
import org.kindling.training.WorkerReport;

/**
 * Rounds of virtual executors: the run, its plans, decisions and checkpoints are the real ones, and
 * only what executors do is replaced by the seconds that {@link RoundModel} gives for it. Nothing
 * is trained. Deterministic for a seed. Not thread-safe.
 *
 * <p>Every worker has an executor of its own. A lost executor's worker begins again on another one,
 * which first gathers the whole state; newcomers' states go through the links of those who hold
 * them one after the other. A shard is lost if its second copy goes before the first was made
 * again; then the run goes back to its checkpoint, as it does on Spark.
 */
public final class SimulatedRounds implements RoundEngine {
  private final RoundShape shape;
  private final TrainingSettings training;
  private final VirtualCluster cluster;
  private final VirtualExecutors executors;
  private final SimulationTally tally = new SimulationTally();
  private final Map<Integer, RoundModel> models = new HashMap<>();

  private StateLayout layout;
  private double clock;
  private long round;
  private long samples;

  /** As the round, but for one that is being done or was given up. */
  private long finished;

  private Traffic traffic;

  /** Workers of the round that is trained and not averaged yet, where rounds overlap. */
  private TrainedRound pending;

  private record TrainedRound(List<Integer> counted, double seconds, double longestTraining) {}

  /**
   * @param shape with as many executors as workers
   */
  public SimulatedRounds(RoundShape shape, TrainingSettings training, VirtualCluster cluster) {
    this(shape, training, cluster, List.of());
  }

  SimulatedRounds(
      RoundShape shape,
      TrainingSettings training,
      VirtualCluster cluster,
      List<VirtualExecutors.Loss> losses) {
    this.shape = shape;
    this.training = training;
    this.cluster = cluster;
    this.executors = new VirtualExecutors(cluster, losses);
    this.layout = shape.layout();
  }

  /** What has come of it so far. */
  SimulationTally tally() {
    return tally;
  }

  @Override
  public Sharding sharding() {
    return layout.parameters();
  }

  @Override
  public void initialize(Path model) {
    begin(shape.layout(), 0, 0);
  }

  @Override
  public void restore(Path checkpoint, CheckpointManifest manifest) {
    Sharding sharding = new Sharding(manifest.vectorLength(), manifest.slices());
    begin(shape.layout(sharding), manifest.round(), manifest.samples());
    clock += cluster.replaceSeconds() + model(shape.workers()).checkpointSeconds();
  }

  private void begin(StateLayout cut, long after, long consumed) {
    tally.wentBack(finished - after);
    finished = after;
    layout = cut;
    models.clear();
    round = after;
    samples = consumed;
    pending = null;
    executors.grow(shape.workers());
    executors.settleAll();
  }

  private RoundModel model(int workers) {
    return models.computeIfAbsent(
        workers,
        count ->
            RoundModel.of(
                new RoundShape(
                    shape.parameters(),
                    count,
                    count,
                    shape.exchange(),
                    shape.optimizer(),
                    shape.overlap()),
                layout,
                cluster.network(),
                cluster.coefficients()));
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan) throws IOException {
    return simulate(plan, null);
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan, Quorum quorum) throws IOException {
    return simulate(plan, quorum);
  }

  private List<WorkerReport> simulate(RoundPlan plan, Quorum quorum) throws IOException {
    long began = System.nanoTime();
    requireNext(plan);
    executors.grow(plan.workers());
    RoundModel model = model(plan.workers());
    double start = clock;
    double averaged = start;
    double launch = start;
    if (pending != null) {
      double tasks = model.seconds(model.beforeAveraging());
      launch += tasks;
      averaged = launch + model.seconds(model.beforeTraining()) + pending.seconds();
    }
    SimulatedTraining trained = new SimulatedTraining(plan, model, executors, cluster, tally);
    try {
      trained.run(launch, quorum);
      end(plan, model, trained, averaged);
    } catch (StateLostException e) {
      clock = Math.max(start, trained.nowSeconds());
      tally.givenUp(plan.workers() * (clock - start));
      throw e;
    } finally {
      tally.simulated(System.nanoTime() - began);
    }
    finish(plan, model, trained, clock - start);
    return reports(plan, trained);
  }

  /** Averages what was trained, now or while the next round trains. */
  private void end(RoundPlan plan, RoundModel model, SimulatedTraining trained, double averagedAt)
      throws StateLostException {
    double averaged = averagedAt;
    if (pending != null) {
      averaged = trained.redone(averaged, pending.counted(), pending.longestTraining());
      pending = null;
    }
    double seconds = model.seconds(model.average(trained.counted().size()));
    if (shape.overlap() && !plan.isAwaited()) {
      pending = new TrainedRound(trained.counted(), seconds, trained.longestTraining());
      clock = Math.max(trained.doneAt(), averaged);
    } else {
      double tasks = model.seconds(model.beforeAveraging());
      clock = trained.averagedAt(Math.max(trained.doneAt(), averaged), tasks + seconds);
    }
    trained.requireEnd(clock);
  }

  /** The plan goes on where the last one ended, and its workers share its samples without a gap. */
  private void requireNext(RoundPlan plan) {
    if (plan.round() != round + 1 || plan.samplesBefore() != samples) {
      throw new IllegalStateException(
          String.format(
              "round %d at sample %d was planned after round %d, which ended at sample %d",
              plan.round(), plan.samplesBefore(), round, samples));
    }
    long next = samples;
    for (int step = 0; step < plan.steps(); step++) {
      boolean isLooked = step == 0 || step == plan.steps() / 2 || step == plan.steps() - 1;
      for (int w = 0; isLooked && w < plan.workers(); w++) {
        long expected = next + w * training.samplesPerWorkerStep();
        if (plan.firstSample(step, w, training) != expected) {
          throw new IllegalStateException(
              "round " + plan.round() + ": worker " + w + " does not begin at sample " + expected);
        }
      }
      next += plan.workers() * training.samplesPerWorkerStep();
    }
    samples = next;
    round = plan.round();
  }

  private void finish(RoundPlan plan, RoundModel model, SimulatedTraining trained, double seconds) {
    finished = plan.round();
    RoundBytes bytes = model.bytes();
    double part = (double) trained.counted().size() / plan.workers();
    double newcomers = trained.newcomers() * model.newcomerBytes();
    traffic =
        new Traffic(
            Math.round(bytes.gathered() * plan.workers() + newcomers),
            Math.round(bytes.reduced() * plan.workers() * part),
            Math.round((bytes.replicated() + bytes.rebased()) * plan.workers()));
    long perWorker = plan.steps() * training.samplesPerWorkerStep();
    tally.round(
        seconds,
        trained.countedSeconds(),
        plan.workers() * seconds,
        traffic.totalBytes(),
        perWorker * plan.workers(),
        perWorker * (plan.workers() - trained.counted().size()));
  }

  private List<WorkerReport> reports(RoundPlan plan, SimulatedTraining trained) {
    List<WorkerReport> reports = new ArrayList<>(trained.counted().size());
    for (int worker : trained.counted()) {
      double seconds = trained.seconds(worker);
      reports.add(new WorkerReport(worker, 1, 1, plan.steps(), plan.steps(), seconds));
    }
    return reports;
  }

  @Override
  public Optional<Traffic> traffic() {
    return Optional.ofNullable(traffic);
  }

  /** Nothing was learned. */
  @Override
  public List<LossSum> validationLoss() {
    return List.of(new LossSum(1, 1));
  }

  /** Takes its time, and leaves no shards. */
  @Override
  public void write(CheckpointWriter checkpoint) {
    double seconds = model(shape.workers()).checkpointSeconds();
    clock += seconds;
    tally.checkpoint(seconds);
  }

  /** Since the beginning. */
  double clockSeconds() {
    return clock;
  }

  @Override
  public void close() {}
}
