package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.evaluation.LossSum;
import org.kindling.kernels.Arithmetic;
import org.kindling.spark.cluster.GpuStages;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.cluster.TaskArithmetic;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;
import org.kindling.training.Averaging;
import org.kindling.training.RoundEngine;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.kindling.training.Sharding;
import org.kindling.training.StateFiles;
import org.kindling.training.StateShard;
import org.kindling.training.WorkerReport;
import scala.Tuple2;

/**
 * Rounds as RDDs. The state is an RDD of shards on the executors, twice; the driver never holds it.
 * A round all-gathers it in every worker's task, trains, and reduce-scatters the results ({@link
 * ReduceScatter}). Tasks are pure functions of the state, so whatever Spark runs again gives the
 * same bits.
 *
 * <p>Two replicas are what makes it safe to cut the lineage every round: a lost executor costs no
 * block. An uncut lineage would overflow the stack after some hundred rounds.
 */
public final class SparkRounds implements RoundEngine {
  private final JavaSparkContext spark;
  private final String name;
  private final RunDescription run;
  private final Broadcast<SerializableConfiguration> hadoop;
  private Sharding sharding;
  private PersistedState state;

  /**
   * @param name of the run, as Spark's user interface shows it
   */
  public SparkRounds(JavaSparkContext spark, String name, RunDescription run) {
    this.spark = spark;
    this.name = name;
    this.run = run;
    this.sharding = run.sharding();
    this.hadoop = spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
  }

  @Override
  public Sharding sharding() {
    return sharding;
  }

  /** What the tasks that this thread starts are held to. */
  @Override
  public Optional<Arithmetic> arithmetic() {
    return TaskArithmetic.expected(spark);
  }

  @Override
  public void initialize(Path model) throws IOException {
    drop();
    String from = model == null ? null : model.toString();
    sharding = run.sharding();
    RunDescription run = this.run;
    Sharding sharding = this.sharding;
    var hadoop = this.hadoop;
    describe("initial parameters");
    restore(
        GpuStages.onGpus(shards(), KernelRequest.ofTraining(run))
            .map(
                s ->
                    new StateFiles.Restored(
                        Replicas.use(
                            run,
                            new Storage(hadoop.value().value()),
                            worker -> {
                              if (from == null) {
                                worker.initialize();
                              } else {
                                Storage storage = new Storage(hadoop.value().value());
                                worker.initialize(storage, new Path(from));
                              }
                              return worker.extract(sharding, s, List.of());
                            }),
                        run.outer().hasMomentum() ? new float[sharding.length(s)] : null)));
  }

  @Override
  public void restore(Path checkpoint, CheckpointManifest manifest) throws IOException {
    drop();
    sharding = new Sharding(manifest.vectorLength(), manifest.slices());
    Sharding sharding = this.sharding;
    var hadoop = this.hadoop;
    String directory = checkpoint.toString();
    describe("state of " + checkpoint.getName());
    restore(
        shards()
            .map(
                s ->
                    StateFiles.read(
                        new Storage(hadoop.value().value()), new Path(directory), sharding, s)));
  }

  private JavaRDD<Integer> shards() {
    List<Integer> numbers = IntStream.range(0, sharding.count()).boxed().toList();
    return spark.parallelize(numbers, sharding.count());
  }

  private void restore(JavaRDD<StateFiles.Restored> restored) throws IOException {
    persist(restored.map(r -> new Averaging.Result(r.state(), r.momentum())).rdd());
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan) throws IOException {
    int workers = run.training().workers();
    describe(
        "round " + plan.round() + ": " + plan.steps() + " local steps on " + workers + " workers");
    PersistedState old = state;
    RDD<List<Update>> trained =
        GpuStages.onGpus(
            new AllGatherRdd<>(old.shards(), workers, new TrainTask(run, sharding, plan, hadoop)),
            KernelRequest.ofTraining(run));
    RDD<Averaging.Result> before =
        new ZipRdd<>(old.shards(), old.momentum(), Averaging.Result::new);
    Averaging averaging = new Averaging(run.outer());
    try (ReduceScatter reduceScatter = ReduceScatter.of(trained, sharding)) {
      List<WorkerReport> reports =
          persist(
              new ZipRdd<>(
                  reduceScatter.byShard(), before, (all, b) -> reduce(averaging, workers, all, b)));
      old.free();
      return reports;
    }
  }

  private static Averaging.Result reduce(
      Averaging averaging, int workers, List<Update> arrived, Averaging.Result before) {
    StateShard[] byWorker = new StateShard[workers];
    for (Update update : arrived) {
      byWorker[update.worker()] = update.shard();
    }
    return averaging.average(before.state(), before.momentum(), byWorker);
  }

  /** Makes results the current state. */
  private List<WorkerReport> persist(RDD<Averaging.Result> results) throws IOException {
    PersistedState next = new PersistedState(results, run.outer().hasMomentum());
    try {
      List<WorkerReport> reports = new ArrayList<>();
      next.persist().forEach(reports::addAll);
      state = next;
      return reports;
    } catch (Exception e) {
      throw Failures.of(spark, name, e);
    }
  }

  @Override
  public List<LossSum> validationLoss() throws IOException {
    RunDescription run = this.run;
    Sharding sharding = this.sharding;
    var hadoop = this.hadoop;
    describe("validation loss");
    AllGatherRdd.Task<StateShard, Tuple2<Integer, List<LossSum>>> task =
        (part, shards) ->
            Replicas.use(
                run,
                new Storage(hadoop.value().value()),
                worker -> {
                  shards.forEachRemaining(shard -> worker.load(sharding, shard));
                  return List.of(new Tuple2<>(part, worker.validationLoss(part))).iterator();
                });
    List<Tuple2<Integer, List<LossSum>>> parts =
        run(
            GpuStages.onGpus(
                new AllGatherRdd<>(state.shards(), run.training().workers(), task),
                KernelRequest.ofTraining(run)));
    List<LossSum> sums = LossSum.none(run.data().sources().size());
    for (Tuple2<Integer, List<LossSum>> part : parts) {
      sums = LossSum.plus(sums, part._2());
    }
    return sums;
  }

  @Override
  public void write(CheckpointWriter checkpoint) throws IOException {
    Sharding sharding = this.sharding;
    var hadoop = this.hadoop;
    String directory = checkpoint.directory().toString();
    describe("checkpoint: state");
    List<FileChecksum> files =
        run(
            new ZipRdd<>(
                state.shards(),
                state.momentum(),
                (shard, m) -> writeShard(hadoop.value(), directory, sharding, shard, m)));
    for (int s = 0; s < files.size(); s++) {
      checkpoint.addShard(s, sharding.count(), files.get(s));
    }
    describe("checkpoint: model");
    checkpoint.add(
        Checkpoint.MODEL,
        run(new AllGatherRdd<>(
                state.shards(), 1, new ModelFileTask(run, sharding, directory, hadoop)))
            .get(0));
  }

  private static FileChecksum writeShard(
      SerializableConfiguration hadoop,
      String directory,
      Sharding sharding,
      StateShard state,
      float[] momentum)
      throws IOException {
    return StateFiles.write(
        new Storage(hadoop.value()), new Path(directory), sharding, state, momentum);
  }

  private <T> List<T> run(RDD<T> rdd) throws IOException {
    try {
      return rdd.toJavaRDD().collect();
    } catch (Exception e) {
      throw Failures.of(spark, name, e);
    }
  }

  private void describe(String what) {
    spark.sc().setJobDescription(name + ", " + what);
  }

  private void drop() {
    if (state != null) {
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
