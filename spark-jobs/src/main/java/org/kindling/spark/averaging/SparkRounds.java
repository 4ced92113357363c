package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.Dependency;
import org.apache.spark.FutureAction;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.evaluation.LossSum;
import org.kindling.kernels.Arithmetic;
import org.kindling.spark.averaging.StoredShards.Received;
import org.kindling.spark.cluster.GpuStages;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.cluster.TaskArithmetic;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;
import org.kindling.training.Averaging;
import org.kindling.training.Quorum;
import org.kindling.training.RoundEngine;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.kindling.training.ShardUpdate;
import org.kindling.training.Sharding;
import org.kindling.training.StateFiles;
import org.kindling.training.StateLayout;
import org.kindling.training.StateShard;
import org.kindling.training.Traffic;
import org.kindling.training.WorkerReport;

/**
 * Rounds as RDDs. The state is on the executors, each shard on two, as a whole state and the coded
 * updates since; the driver never holds it. In a round every worker's task brings what its executor
 * holds of the state up to date, trains, and its results are reduce-scattered ({@link
 * ReduceScatter}) into the next update. Tasks are pure functions of the state, so whatever Spark
 * runs again gives the same bits.
 */
public final class SparkRounds implements RoundEngine {
  private final JavaSparkContext spark;
  private final String name;
  private final RunDescription run;
  private final Averaging averaging;
  private final Broadcast<SerializableConfiguration> hadoop;

  /** Where each worker was last: there lies most of what it needs. */
  private final Map<Integer, String> places = new ConcurrentHashMap<>();

  private StateLayout layout;
  private StoredState state;
  private long updateBytes;

  /** After which round the state was that the last round trained from. */
  private long trainedFrom;

  private long reducedBytes;
  private long replicatedBytes;
  private Traffic traffic;

  /** The round that is trained and not yet averaged, where rounds overlap. */
  private TrainedRound pending;

  /**
   * The one before it: kept to make the pending one again, if an executor goes with its results.
   */
  private TrainedRound averaged;

  /**
   * A round whose workers are done.
   *
   * @param workers that count, ascending
   */
  private record TrainedRound(RoundPlan plan, ReduceScatter made, List<Integer> workers) {}

  /**
   * @param name of the run, as Spark's user interface shows it
   */
  public SparkRounds(JavaSparkContext spark, String name, RunDescription run) {
    this.spark = spark;
    this.name = name;
    this.run = run;
    this.averaging = new Averaging(run);
    this.layout = run.stateLayout();
    this.hadoop = spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
  }

  @Override
  public Sharding sharding() {
    return layout.parameters();
  }

  /** What the tasks that this thread starts are held to. */
  @Override
  public Optional<Arithmetic> arithmetic() {
    return TaskArithmetic.expected(spark);
  }

  @Override
  public void initialize(Path model) throws IOException {
    layout = run.stateLayout();
    RunDescription run = this.run;
    StateLayout layout = this.layout;
    var hadoop = this.hadoop;
    String from = model == null ? null : model.toString();
    describe("initial parameters");
    begin(
        0,
        shard ->
            Replicas.use(
                run,
                new Storage(hadoop.value().value()),
                worker -> {
                  if (from == null) {
                    worker.initialize();
                  } else {
                    worker.initialize(new Storage(hadoop.value().value()), new Path(from));
                  }
                  return only(worker.first(layout, shard));
                }));
  }

  @Override
  public void restore(Path checkpoint, CheckpointManifest manifest) throws IOException {
    layout = run.stateLayout(new Sharding(manifest.vectorLength(), manifest.slices()));
    StateLayout layout = this.layout;
    boolean hasMomentum = run.outer().hasMomentum();
    var hadoop = this.hadoop;
    String directory = checkpoint.toString();
    describe("state of " + checkpoint.getName());
    begin(
        manifest.round(),
        shard ->
            only(
                StateFiles.read(
                    new Storage(hadoop.value().value()),
                    new Path(directory),
                    layout,
                    shard,
                    hasMomentum)));
  }

  private static <T> Iterator<T> only(T element) {
    return List.of(element).iterator();
  }

  /** Begins a line of rounds. */
  private void begin(long round, TaskRdd.Task<StateShard> first) throws IOException {
    drop();
    RDD<StateShard> base =
        GpuStages.onGpus(
            new TaskRdd<>(spark.sc(), layout.shards(), shard -> List.of(), first),
            KernelRequest.ofTraining(run));
    state = new StoredState(name + " " + UUID.randomUUID(), round, store(base), List.of());
    trainedFrom = round - 1;
  }

  private RDD<StateShard> store(RDD<StateShard> whole) throws IOException {
    RDD<StateShard> stored = StoredState.persisted(whole);
    try {
      long bytes = 0;
      for (Kept shard : OneEach.run(stored, layout.shards(), SparkRounds::kept)) {
        bytes += shard.bytes();
        reducedBytes += shard.receivedBytes();
      }
      replicated(bytes);
      return stored;
    } catch (Exception e) {
      stored.unpersist(false);
      throw Failures.of(spark, name, e);
    }
  }

  /** What the storing of a whole shard brings to the driver. */
  private record Kept(long receivedBytes, long bytes) implements java.io.Serializable {}

  private static Kept kept(StateShard shard) {
    return new Kept(TaskContext.get().taskMetrics().inputMetrics().bytesRead(), shard.bytes());
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan) throws IOException {
    begin(plan);
    TrainTask task = task(plan, averaging.isOverlapped());
    ReduceScatter made = ReduceScatter.of(trained(plan.workers(), this::place, task), layout);
    if (averaging.isOverlapped()) {
      FutureAction<List<List<WorkerReport>>> training = made.reports();
      return overlapped(plan, made, () -> sorted(training.get()), training::cancel);
    }
    try (made) {
      return noted(average(new TrainedRound(plan, made, workers(plan))));
    }
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan, Quorum quorum) throws IOException {
    begin(plan);
    TrainTask task = task(plan, true);
    Map<Integer, ReduceScatter> byWorker = new TreeMap<>();
    for (int worker : quorum.decided().orElse(workers(plan))) {
      TaskRdd<Update> one = trained(1, none -> place(worker), none -> task.run(worker));
      byWorker.put(worker, new ReduceScatter.Shuffle(one, layout.shards()));
    }
    QuorumTraining training = new QuorumTraining(byWorker);
    if (averaging.isOverlapped()) {
      return overlapped(plan, training, () -> training.await(quorum), training::cancel);
    }
    try (training) {
      training.await(quorum);
      return noted(average(new TrainedRound(plan, training, training.workers())));
    } catch (Exception e) {
      throw Failures.of(spark, name, e);
    }
  }

  private void begin(RoundPlan plan) throws IOException {
    reducedBytes = 0;
    replicatedBytes = 0;
    keepShort();
    describe(
        "round "
            + plan.round()
            + ": "
            + plan.steps()
            + " local steps on "
            + plan.workers()
            + " workers");
  }

  private static List<Integer> workers(RoundPlan plan) {
    return IntStream.range(0, plan.workers()).boxed().toList();
  }

  /** What a round's training brings to the driver. */
  private interface Training {
    List<WorkerReport> await() throws Exception;
  }

  private TrainTask task(RoundPlan plan, boolean announces) {
    RoundStart start =
        pending == null
            ? RoundStart.of(state.ref())
            : new RoundStart(state.ref(), pending.made().made());
    trainedFrom = start.state().round();
    return new TrainTask(run, layout, plan, start, announces, hadoop);
  }

  private TaskRdd<Update> trained(int workers, TaskRdd.Places places, TaskRdd.Task<Update> task) {
    List<Dependency<?>> wanted = pending == null ? List.of() : pending.made().dependencies();
    return GpuStages.onGpus(
        new TaskRdd<>(spark.sc(), workers, places, wanted, task), KernelRequest.ofTraining(run));
  }

  /** Waits for a round's training and averages the one before it meanwhile. */
  private List<WorkerReport> overlapped(
      RoundPlan plan, ReduceScatter made, Training training, Runnable cancel) throws IOException {
    List<WorkerReport> reports;
    try {
      averagePending();
      reports = training.await();
    } catch (Exception e) {
      cancel.run();
      throw Failures.of(spark, name, e);
    }
    List<Integer> workers = reports.stream().map(WorkerReport::worker).toList();
    pending = new TrainedRound(plan, made, workers);
    if (plan.isAwaited()) {
      averagePending();
      forget(averaged);
      averaged = null;
    }
    return noted(reports);
  }

  private static List<WorkerReport> sorted(List<List<WorkerReport>> reports) {
    return reports.stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparingInt(WorkerReport::worker))
        .toList();
  }

  private List<String> place(int worker) {
    String place = places.get(worker);
    return place == null ? List.of() : List.of(place);
  }

  private List<WorkerReport> noted(List<WorkerReport> reports) {
    if (!spark.sc().isLocal()) {
      reports.forEach(report -> places.put(report.worker(), report.place()));
      long gathered = reports.stream().mapToLong(WorkerReport::gatheredBytes).sum();
      traffic = new Traffic(gathered, reducedBytes, replicatedBytes);
    }
    return reports;
  }

  @Override
  public Optional<Traffic> traffic() {
    return Optional.ofNullable(traffic);
  }

  /** Notes what went to second copies, if there is an executor for them. */
  private void replicated(long bytes) {
    // The driver is among them.
    boolean isAlone = spark.sc().getExecutorMemoryStatus().size() < 3;
    replicatedBytes += isAlone ? 0 : bytes;
  }

  private void averagePending() throws IOException {
    if (pending != null) {
      average(pending);
      forget(averaged);
      averaged = pending;
      pending = null;
    }
  }

  private static void forget(TrainedRound round) throws IOException {
    if (round != null) {
      round.made().close();
    }
  }

  /** What the averaging of one shard brings to the driver. */
  private record Reduced(List<WorkerReport> reports, long receivedBytes, long updateBytes)
      implements java.io.Serializable {}

  private List<WorkerReport> average(TrainedRound round) throws IOException {
    Averaging averaging = this.averaging;
    List<Integer> workers = round.workers();
    long number = round.plan().round();
    RDD<?> update =
        StoredState.persisted(
            StoredUpdate.stored(
                new ZipRdd<>(
                    round.made().byShard(),
                    null,
                    (arrived, none) -> averaging.mean(number, byWorker(workers, arrived)))));
    try {
      List<WorkerReport> reports = new ArrayList<>();
      long bytes = 0;
      for (Reduced shard : OneEach.run(update, layout.shards(), SparkRounds::reduced)) {
        reports.addAll(shard.reports());
        bytes += shard.updateBytes();
        reducedBytes += shard.receivedBytes();
      }
      replicated(bytes);
      updateBytes = bytes;
      state.add(update);
      return reports;
    } catch (Exception e) {
      update.unpersist(false);
      throw Failures.of(spark, name, e);
    }
  }

  private static Reduced reduced(Object update) {
    long received = TaskContext.get().taskMetrics().shuffleReadMetrics().remoteBytesRead();
    return new Reduced(StoredUpdate.reports(update), received, StoredUpdate.bytes(update));
  }

  /** In the order of the workers that count; null where one is missing. */
  private static List<ShardUpdate> byWorker(List<Integer> workers, List<Update> arrived) {
    ShardUpdate[] byPlace = new ShardUpdate[workers.size()];
    for (Update update : arrived) {
      byPlace[Collections.binarySearch(workers, update.worker())] = update.shard();
    }
    return Arrays.asList(byPlace);
  }

  /** Puts a whole state in the place of updates where these have become many. */
  private void keepShort() throws IOException {
    if (spark.sc().isLocal()) {
      // The last round's tasks have brought all shards so far.
      state.forget(trainedFrom);
      return;
    }
    long whole = Float.BYTES * layout.elements();
    if (state.updates() >= Averaging.mostUpdates(whole, updateBytes) + updatesToKeep()) {
      describe("whole state after round " + state.ref().round());
      rebase(updatesToKeep());
    }
  }

  /** Rounds that may have to be made again, where rounds overlap, begin with earlier states. */
  private int updatesToKeep() {
    return pending == null ? 0 : 2;
  }

  private void rebase(int keep) throws IOException {
    if (state.updates() > keep) {
      StateRef wanted = state.refBefore(keep);
      StoredUpdate newest = wanted.updates().get(wanted.updates().size() - 1);
      RunDescription run = this.run;
      StateLayout layout = this.layout;
      state =
          state.onTopOf(
              store(
                  new TaskRdd<>(
                      spark.sc(),
                      layout.shards(),
                      newest::places,
                      shard -> {
                        Received received = new Received();
                        StateShard whole = HeldStates.whole(run, layout, wanted, shard, received);
                        received.tellSpark();
                        return only(whole);
                      })),
              keep);
    }
  }

  @Override
  public List<LossSum> validationLoss() throws IOException {
    RunDescription run = this.run;
    StateLayout layout = this.layout;
    StateRef wanted = state.ref();
    var hadoop = this.hadoop;
    describe("validation loss");
    TaskRdd<List<LossSum>> scored =
        new TaskRdd<>(
            spark.sc(),
            run.training().workers(),
            this::place,
            part ->
                Replicas.use(
                    run,
                    new Storage(hadoop.value().value()),
                    worker -> {
                      HeldStates.forEachShard(
                          run,
                          layout,
                          wanted,
                          part,
                          new Received(),
                          held -> worker.load(layout, held));
                      return only(worker.validationLoss(part));
                    }));
    List<LossSum> sums = LossSum.none(run.data().sources().size());
    for (List<LossSum> part : run(GpuStages.onGpus(scored, KernelRequest.ofTraining(run)))) {
      sums = LossSum.plus(sums, part);
    }
    return sums;
  }

  @Override
  public void write(CheckpointWriter checkpoint) throws IOException {
    StateLayout layout = this.layout;
    var hadoop = this.hadoop;
    String directory = checkpoint.directory().toString();
    describe("checkpoint: state");
    rebase(0);
    StoredShards<StateShard> whole = state.ref().base();
    List<FileChecksum> files =
        run(
            new TaskRdd<>(
                spark.sc(),
                layout.shards(),
                whole::places,
                shard ->
                    only(
                        StateFiles.write(
                            new Storage(hadoop.value().value()),
                            new Path(directory),
                            layout,
                            whole.read(shard, new Received())))));
    for (int s = 0; s < files.size(); s++) {
      checkpoint.addShard(s, layout.shards(), files.get(s));
    }
    describe("checkpoint: model");
    checkpoint.add(
        Checkpoint.MODEL,
        run(new TaskRdd<>(
                spark.sc(),
                1,
                this::place,
                new ModelFileTask(run, layout, state.ref(), directory, hadoop)))
            .get(0));
  }

  private <T> List<T> run(TaskRdd<T> rdd) throws IOException {
    try {
      return OneEach.run(rdd, rdd.getNumPartitions(), element -> element);
    } catch (Exception e) {
      throw Failures.of(spark, name, e);
    }
  }

  private void describe(String what) {
    spark.sc().setJobDescription(name + ", " + what);
  }

  private void drop() throws IOException {
    forget(pending);
    forget(averaged);
    pending = null;
    averaged = null;
    if (state != null) {
      HeldStates.release(state.ref().run());
      state.free();
      state = null;
    }
  }

  @Override
  public void close() throws IOException {
    drop();
    hadoop.destroy();
    Replicas.release(run);
  }
}
