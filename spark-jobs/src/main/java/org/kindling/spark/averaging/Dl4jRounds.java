package org.kindling.spark.averaging;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.deeplearning4j.core.storage.Persistable;
import org.deeplearning4j.spark.impl.listeners.VanillaStatsStorageRouter;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointWriter;
import org.kindling.evaluation.LossSum;
import org.kindling.exchange.Coded;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.spark.cluster.GpuStages;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.cluster.TaskArithmetic;
import org.kindling.storage.Storage;
import org.kindling.training.RoundEngine;
import org.kindling.training.RoundPlan;
import org.kindling.training.RunDescription;
import org.kindling.training.Sharding;
import org.kindling.training.StateFiles;
import org.kindling.training.StateShard;
import org.kindling.training.WorkerReport;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Rounds by DL4J's {@code ParameterAveragingTrainingMaster}: each is one of its averaging splits
 * over the samples that Kindling's order gives the round. The driver holds network and moments.
 */
public final class Dl4jRounds implements RoundEngine {
  private final JavaSparkContext spark;
  private final String name;
  private final RunDescription run;
  private final Storage storage;
  private final Broadcast<SerializableConfiguration> hadoop;
  private final Dl4jNetwork network;
  private final Dl4jMaster master;
  private final SparkDl4jMultiLayer trainer;
  private Sharding sharding;

  /**
   * @param name of the run, as Spark's user interface shows it
   * @throws IllegalArgumentException if DL4J's trainer cannot do what the settings ask for
   */
  public Dl4jRounds(JavaSparkContext spark, String name, RunDescription run, Storage storage) {
    Dl4jLimits.require(run);
    this.spark = spark;
    this.name = name;
    this.run = run;
    this.storage = storage;
    this.sharding = run.sharding();
    this.hadoop = spark.broadcast(new SerializableConfiguration(spark.hadoopConfiguration()));
    this.network = new Dl4jNetwork(run);
    Dl4jListener listener =
        new Dl4jListener(
            Dl4jNetwork.perToken(run),
            run.optimizer().clipNorm(),
            new Dl4jSchedule(run.optimizer(), run.training().steps()));
    int batch = Math.toIntExact(run.training().samplesPerWorkerStep());
    int steps = run.training().localSteps();
    this.master = Dl4jMaster.of(run.training().workers(), batch, steps, listener);
    this.trainer = new SparkDl4jMultiLayer(spark, network.network(), master);
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

  /** The same parameters as Kindling's own rounds start from. */
  @Override
  public void initialize(Path origin) throws IOException {
    sharding = run.sharding();
    try (Kernels kernels = Kernels.named("auto");
        LanguageModel model = LanguageModels.create(run.model(), run.vocabulary(), 1, kernels)) {
      if (origin == null) {
        model.initialize(run.training().seed());
      } else {
        Checkpoint.readModel(storage, origin, model);
      }
      StateShard[] shards = new StateShard[sharding.count()];
      for (int s = 0; s < shards.length; s++) {
        int length = sharding.length(s);
        float[] parameters = new float[length];
        model.parameters().read(sharding.offset(s), parameters, 0, length);
        Coded zeros = Coded.of(new float[length]);
        shards[s] = new StateShard(s, parameters, null, List.of(zeros, zeros));
      }
      network.load(sharding, shards);
    }
  }

  @Override
  public void restore(Path checkpoint, CheckpointManifest manifest) throws IOException {
    sharding = new Sharding(manifest.vectorLength(), manifest.slices());
    StateShard[] shards = new StateShard[sharding.count()];
    for (int s = 0; s < shards.length; s++) {
      shards[s] = StateFiles.read(storage, checkpoint, run.stateLayout(sharding), s, false);
    }
    network.load(sharding, shards);
  }

  @Override
  public List<WorkerReport> round(RoundPlan plan) throws IOException {
    int workers = run.training().workers();
    describe(
        "round " + plan.round() + ": " + plan.steps() + " local steps on " + workers + " workers");
    network.setSteps(plan.stepsBefore());
    VanillaStatsStorageRouter told = new VanillaStatsStorageRouter();
    master.reportTo(told);
    JavaRDD<DataSet> samples =
        trainingNumbers(workers).mapPartitionsWithIndex(new Dl4jBatches(run, plan, hadoop), true);
    try {
      trainer.fit(samples);
    } catch (Exception e) {
      throw Failures.of(spark, name, e);
    } finally {
      master.destroyBroadcasts();
    }
    return reports(plan, told.getUpdates());
  }

  private JavaRDD<Integer> trainingNumbers(int count) {
    List<Integer> numbers = IntStream.range(0, count).boxed().toList();
    return GpuStages.onGpus(spark.parallelize(numbers, count), KernelRequest.ofTraining(run));
  }

  private List<WorkerReport> reports(RoundPlan plan, Collection<Persistable> updates) {
    List<WorkerReport> reports = new ArrayList<>();
    for (int worker = 0; worker < run.training().workers(); worker++) {
      double loss = 0;
      double norm = 0;
      double seconds = 0;
      int steps = 0;
      for (Persistable update : updates) {
        Dl4jStep step = (Dl4jStep) update;
        if (step.worker() == worker) {
          loss += step.loss();
          norm += step.gradientNorm();
          seconds += step.seconds();
          steps++;
        }
      }
      if (steps != plan.steps()) {
        throw new IllegalStateException(
            String.format(
                "round %d, worker %d: DL4J took %d steps of %d",
                plan.round(), worker, steps, plan.steps()));
      }
      double predictions = run.training().samplesPerWorkerStep() * (double) run.model().context();
      reports.add(
          new WorkerReport(worker, loss * predictions, steps * predictions, norm, steps, seconds));
    }
    return reports;
  }

  @Override
  public List<LossSum> validationLoss() throws IOException {
    describe("validation loss");
    RunDescription run = this.run;
    Sharding sharding = this.sharding;
    var hadoop = this.hadoop;
    Broadcast<StateShard[]> state = spark.broadcast(network.state(sharding));
    try {
      List<List<LossSum>> parts =
          trainingNumbers(run.training().workers())
              .map(part -> score(run, hadoop.value(), sharding, state.value(), part))
              .collect();
      List<LossSum> sums = LossSum.none(run.data().sources().size());
      for (List<LossSum> part : parts) {
        sums = LossSum.plus(sums, part);
      }
      return sums;
    } catch (Exception e) {
      throw Failures.of(spark, name, e);
    } finally {
      state.destroy();
    }
  }

  private static List<LossSum> score(
      RunDescription run,
      SerializableConfiguration hadoop,
      Sharding sharding,
      StateShard[] state,
      int part)
      throws IOException {
    return Replicas.use(
        run,
        new Storage(hadoop.value()),
        worker -> {
          for (StateShard shard : state) {
            worker.load(run.stateLayout(sharding), shard);
          }
          return worker.validationLoss(part);
        });
  }

  @Override
  public void write(CheckpointWriter checkpoint) throws IOException {
    StateShard[] state = network.state(sharding);
    for (int s = 0; s < state.length; s++) {
      checkpoint.addShard(
          s,
          sharding.count(),
          StateFiles.write(storage, checkpoint.directory(), run.stateLayout(sharding), state[s]));
    }
    checkpoint.add(
        Checkpoint.MODEL,
        Checkpoint.writeModel(
            storage,
            checkpoint.directory(),
            LanguageModels.layout(run.model(), run.vocabulary()),
            StateFiles.parameters(sharding, state)));
  }

  private void describe(String what) {
    spark.sc().setJobDescription(name + ", " + what);
  }

  @Override
  public void close() throws IOException {
    network.close();
    hadoop.destroy();
    Replicas.release(run);
  }
}
