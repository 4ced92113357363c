package org.kindling.spark.jobs;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Mixture;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.Kernels;
import org.kindling.model.LanguageModels;
import org.kindling.settings.RunSettings;
import org.kindling.spark.averaging.Dl4jLimits;
import org.kindling.spark.averaging.Dl4jRounds;
import org.kindling.spark.averaging.SparkRounds;
import org.kindling.spark.cluster.ExecutorMemory;
import org.kindling.spark.cluster.Executors;
import org.kindling.spark.cluster.FreeCores;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.storage.Sha256;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.TokenizerFiles;
import org.kindling.training.BranchPoint;
import org.kindling.training.CountedRun;
import org.kindling.training.HeldState;
import org.kindling.training.Progress;
import org.kindling.training.RoundEngine;
import org.kindling.training.RunDescription;
import org.kindling.training.RunIdentity;
import org.kindling.training.RunListener;
import org.kindling.training.SourceProgress;
import org.kindling.training.TrainingRun;
import org.kindling.training.TrainingSettings;
import org.kindling.training.Worker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One training run: settings and data brought together and checked before anything is written. */
final class Pretraining {
  private static final Logger LOG = LoggerFactory.getLogger(Pretraining.class);

  private final RunSettings settings;
  private final Storage storage;
  private final RunDescription description;
  private final RunIdentity identity;
  private final Mixture data;

  private Pretraining(
      RunSettings settings,
      Storage storage,
      RunDescription description,
      RunIdentity identity,
      Mixture data) {
    this.settings = settings;
    this.storage = storage;
    this.description = description;
    this.identity = identity;
    this.data = data;
  }

  /**
   * Opens the data.
   *
   * @throws IllegalArgumentException if data and settings do not go together
   */
  static Pretraining prepare(RunSettings given, Storage storage) throws IOException {
    RunSettings settings = InitModel.complete(given, storage);
    Mixture data = Mixture.open(storage, settings.data());
    Tokenizer tokenizer = data.datasets().get(0).tokenizer();
    RunDescription description = settings.describe(vocabulary(settings, tokenizer, storage));
    if (usesDl4j(description)) {
      Dl4jLimits.require(description);
    }
    if (!settings.model().kind().isCounted()) {
      Worker.requireData(data, description);
    }
    for (Dataset dataset : data.datasets()) {
      dataset.requireSizes();
    }
    String yaml = settings.toYaml();
    TokenizerFiles.Model files =
        TokenizerFiles.Model.of(tokenizer, description.vocabulary(), settings.model().context());
    RunIdentity identity =
        new RunIdentity(
            new Path(settings.run()),
            yaml,
            Sha256.of(yaml),
            data.hash(),
            tokenizer.hash(),
            tokenizer.toJson(),
            TokenizerFiles.config(tokenizer, files),
            tokenizer.endOfText());
    return new Pretraining(settings, storage, description, identity, data);
  }

  private static int vocabulary(RunSettings settings, Tokenizer tokenizer, Storage storage)
      throws IOException {
    if (settings.init().isEmpty()) {
      return tokenizer.vocabulary();
    }
    // A run that has begun has its own checkpoints, should its origin be gone.
    boolean gone = !storage.exists(new Path(settings.init()));
    String model = gone ? settings.run() : settings.init();
    return InitModel.read(storage, model).requireTokenizer(tokenizer);
  }

  RunDescription description() {
    return description;
  }

  RunIdentity identity() {
    return identity;
  }

  /** The datasets, opened. */
  Mixture data() {
    return data;
  }

  /** How often each dataset was gone through, in words. */
  String epochs(Progress progress) {
    return new SourceProgress(data, settings.model().context(), settings.training().seed())
        .epochs(progress.samples());
  }

  /** Refuses a run directory that a new run cannot have. */
  void requireNew() throws IOException {
    TrainingRun.requireNew(storage, identity.directory());
  }

  /** Whether the run has begun. */
  boolean exists() throws IOException {
    return storage.exists(settingsFile());
  }

  /** Manifests of the checkpoints that the run has, oldest first. */
  List<CheckpointManifest> checkpoints() throws IOException {
    return new CheckpointStore(storage, identity.directory()).manifests();
  }

  private Path settingsFile() {
    return new Path(identity.directory(), TrainingRun.SETTINGS_FILE);
  }

  /**
   * Refuses to go on with a run that these settings or data did not start.
   *
   * @throws IllegalArgumentException naming the first difference
   */
  void requireContinuation() throws IOException {
    if (!exists()) {
      throw new FileNotFoundException(
          identity.directory() + ": no such run; start it without --resume");
    }
    RunSettings before =
        RunSettings.readWritten(
            settingsFile().toString(), storage.readText(settingsFile()), List.of());
    List<String> differences = before.differencesThatMatter(settings);
    if (!differences.isEmpty()) {
      throw new IllegalArgumentException(
          identity.directory()
              + ": cannot be continued with other settings: "
              + String.join("; ", differences)
              + "; use the run's own "
              + TrainingRun.SETTINGS_FILE);
    }
    // Their files are checked when the run holds its lease; what they learned from is in any of
    // them.
    List<CheckpointManifest> found = checkpoints();
    if (!found.isEmpty()) {
      requireSameData(found.get(found.size() - 1));
    }
  }

  private void requireSameData(CheckpointManifest manifest) {
    String dataset =
        settings.data().sources().stream().map(DataSource::path).collect(Collectors.joining(", "));
    if (!manifest.tokenizerHash().equals(identity.tokenizerHash())) {
      throw new IllegalArgumentException(
          dataset
              + ": tokenized with another tokenizer ("
              + identity.tokenizerHash().substring(0, 12)
              + ") than the checkpoints of "
              + identity.directory()
              + " ("
              + manifest.tokenizerHash().substring(0, 12)
              + "); use the dataset the run started with");
    }
    if (!manifest.datasetHash().equals(identity.datasetHash())) {
      throw new IllegalArgumentException(
          dataset
              + ": is not the data that "
              + identity.directory()
              + " started with (a manifest differs, or the order); use that");
    }
  }

  /**
   * Says what executors need outside the heap.
   *
   * @throws IllegalArgumentException if they were given less
   */
  void requireMemory(SparkConf conf) {
    TrainingSettings training = description.training();
    try (Kernels kernels = Kernels.planned(training.wanted(), training.arithmetic())) {
      long bytes =
          LanguageModels.memory(
                  description.model(),
                  description.vocabulary(),
                  training.microBatch(),
                  kernels,
                  training.activations())
              .trainingBytes(description.optimizerBytes(kernels));
      if (kernels.onGpu()) {
        // Each task holds its card's memory to this before it allocates.
        LOG.info("memory: a replica takes {} bytes of its GPU", bytes);
        return;
      }
      ExecutorMemory memory =
          ExecutorMemory.of(
                  conf, KernelRequest.ofTraining(description), bytes + description.startBytes())
              .withState(usesDl4j(description) ? 0 : HeldState.bytes(description));
      LOG.info("memory: {}", memory);
      memory.requireRoom();
    }
  }

  /**
   * Looks at the executors, and says how they compute. Rounds that this thread starts afterwards
   * are held to it.
   *
   * @throws IllegalArgumentException if they do not compute alike
   */
  void requireArithmetic(JavaSparkContext spark, Consumer<String> out) throws IOException {
    say(Executors.prepare(spark, KernelRequest.ofTraining(description)), out);
  }

  /**
   * @throws IllegalArgumentException if rounds should overlap and there is no core for averaging
   */
  void requireFreeCores(JavaSparkContext spark) {
    TrainingSettings training = description.training();
    if (training.overlap()) {
      FreeCores.requireOne(spark, KernelRequest.ofTraining(description), training.mostWorkers());
    }
  }

  /** Says how this computes, and that it is not what was asked for. */
  void say(Arithmetic arithmetic, Consumer<String> out) {
    out.accept("arithmetic: " + arithmetic);
    String asked = description.training().precision();
    if (!asked.equals(arithmetic.precision())) {
      out.accept(
          "note: training.precision is "
              + asked
              + ", which is not to be had here; all compute in "
              + arithmetic.precision());
    }
  }

  /** Whether the family is counted rather than trained in rounds. */
  boolean isCounted() {
    return settings.model().kind().isCounted();
  }

  /** Counts, or finds that it was counted before. */
  Progress count(CountedRun.Counter counter, boolean resume) throws IOException {
    CountedRun run = new CountedRun(description, identity, storage);
    return resume ? run.resume(counter) : run.start(counter);
  }

  private static boolean usesDl4j(RunDescription description) {
    return description.training().averaging().equals(TrainingSettings.DL4J);
  }

  /** Rounds on Spark, Kindling's or DL4J's. */
  RoundEngine engine(JavaSparkContext spark) {
    if (!usesDl4j(description)) {
      return new SparkRounds(spark, identity.name(), description);
    }
    System.out.println(Dl4jLimits.NOTICE);
    return new Dl4jRounds(spark, identity.name(), description, storage);
  }

  /** Trains to the end and closes the engine. */
  Progress run(RoundEngine engine, boolean resume, RunListener listener) throws IOException {
    return run(engine, resume, null, usesDl4j(description) ? "averaging is dl4j" : null, listener);
  }

  /**
   * Trains a run of a sweep to the end and closes the engine.
   *
   * @param branch what the run starts from; null for random parameters
   */
  Progress run(RoundEngine engine, boolean resume, BranchPoint branch, RunListener listener)
      throws IOException {
    return run(engine, resume, branch, "a sweep computes steps from their number", listener);
  }

  private Progress run(
      RoundEngine engine,
      boolean resume,
      BranchPoint branch,
      String workersFixedBy,
      RunListener listener)
      throws IOException {
    try (engine) {
      TrainingRun run =
          new TrainingRun(description, identity, settings.checkpoint(), storage, engine, listener)
              .branchingFrom(branch)
              .withFixedWorkers(workersFixedBy)
              .startingFrom(settings.init().isEmpty() ? null : new Path(settings.init()));
      return resume ? run.resume() : run.start();
    }
  }
}
