package org.kindling.training;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.Checkpoint;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Mixture;
import org.kindling.corpus.SampleSource;
import org.kindling.corpus.Split;
import org.kindling.corpus.TokenReader;
import org.kindling.evaluation.LossSum;
import org.kindling.evaluation.ValidationWindows;
import org.kindling.exchange.Coded;
import org.kindling.kernels.Arithmetic;
import org.kindling.kernels.HostMemory;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.OffHeapMemory;
import org.kindling.kernels.Tensor;
import org.kindling.model.Activations;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.MemoryEstimate;
import org.kindling.model.TokenBatch;
import org.kindling.model.WeightedLoss;
import org.kindling.optimizer.InnerOptimizer;
import org.kindling.optimizer.LearningRateSchedule;
import org.kindling.storage.Storage;

/**
 * One replica: a model, its optimizer and a reader of samples. It keeps nothing between rounds that
 * matters: {@link #load} every shard, {@link #train}, then {@link #extract} the result. Not
 * thread-safe; made once and used for many rounds, since its buffers are large.
 */
public final class Worker implements Closeable {
  private static final String VALIDATION = Split.VALIDATION.label();

  private final RunDescription run;
  private final TrainingSettings training;
  private final Kernels kernels;
  private final LanguageModel model;
  private final InnerOptimizer optimizer;
  private final Averaging averaging;

  /** The parameters that the round began with, where workers send changes; otherwise null. */
  private final HostMemory start;

  private final LearningRateSchedule schedule;
  private final SampleSource samples;
  private final TokenBatch batch;

  /** One per dataset; none if the run measures no validation loss. */
  private final List<Validation> validations = new ArrayList<>();

  private record Validation(ValidationWindows windows, TokenReader tokens) {}

  private record Replica(LanguageModel model, InnerOptimizer optimizer) {}

  private Worker(
      RunDescription run,
      Mixture mixture,
      UnaryOperator<SampleSource> view,
      Supplier<Kernels> provider)
      throws IOException {
    this.run = run;
    this.training = run.training();
    int context = run.model().context();
    requireData(mixture, run);
    this.kernels = provider.get();
    Replica replica = allocateOrClose(run, kernels);
    this.model = replica.model();
    this.optimizer = replica.optimizer();
    this.averaging = new Averaging(run);
    this.start = averaging.sendsChanges() ? HostMemory.ofFloats(model.parameters().size()) : null;
    try {
      this.samples = view.apply(mixture.samplesInOrder(context, training.seed()));
      openValidations(mixture, context);
    } catch (IOException | RuntimeException e) {
      closeArithmetic();
      throw e;
    }
    this.schedule = new LearningRateSchedule(run.optimizer(), training.steps());
    this.batch = batch(training.microBatch(), context, mixture.documents());
  }

  private void openValidations(Mixture mixture, int context) throws IOException {
    if (run.evaluation().everyRounds() > 0) {
      for (Dataset dataset : mixture.datasets()) {
        ValidationWindows windows = new ValidationWindows(dataset.shardTokens(VALIDATION), context);
        TokenReader tokens = dataset.tokens(VALIDATION, mixture.documents());
        validations.add(new Validation(windows, tokens));
      }
    }
  }

  private static TokenBatch batch(int sequences, int context, DocumentMode documents) {
    int tokens = sequences * context;
    return documents == DocumentMode.JOIN
        ? new TokenBatch(sequences, context, new int[tokens], new int[tokens])
        : new TokenBatch(
            sequences,
            context,
            new int[tokens],
            new int[tokens],
            new float[tokens],
            new int[tokens]);
  }

  /**
   * Opens the datasets and allocates model and optimizer.
   *
   * @throws IllegalArgumentException if the data have fewer samples than one step takes, or if
   *     there is not memory enough; nothing was allocated then
   */
  public static Worker open(RunDescription run, Storage storage) throws IOException {
    return open(run, storage, UnaryOperator.identity());
  }

  /** A worker that gets its samples through a view of them, which may note what it hands on. */
  static Worker open(RunDescription run, Storage storage, UnaryOperator<SampleSource> view)
      throws IOException {
    TrainingSettings training = run.training();
    return open(
        run,
        Mixture.open(storage, run.data()),
        view,
        () -> Kernels.named(training.wanted(), training.arithmetic()));
  }

  /**
   * @param provider of the kernels, which the worker closes, also when it cannot be made
   */
  static Worker open(
      RunDescription run,
      Mixture mixture,
      UnaryOperator<SampleSource> view,
      Supplier<Kernels> provider)
      throws IOException {
    return new Worker(run, mixture, view, provider);
  }

  /** A task that finds too little memory is tried again in the same process. */
  private static Replica allocateOrClose(RunDescription run, Kernels kernels) {
    try {
      return allocate(run, kernels);
    } catch (RuntimeException | Error e) {
      kernels.close();
      throw e;
    }
  }

  private static Replica allocate(RunDescription run, Kernels kernels) {
    int batch = run.training().microBatch();
    Activations activations = run.training().activations();
    MemoryEstimate memory =
        LanguageModels.memory(run.model(), run.vocabulary(), batch, kernels, activations);
    return OffHeapMemory.allocate(
        kernels,
        "training.microBatch " + batch,
        memory.trainingBytes(run.optimizerBytes(kernels)),
        "use a smaller training.microBatch with more training.gradientAccumulation, training.recompute: blocks, a"
            + " smaller model or fewer tasks per machine",
        () -> {
          LanguageModel model =
              LanguageModels.create(run.model(), run.vocabulary(), batch, kernels, activations);
          try {
            return new Replica(
                model, InnerOptimizer.create(run.optimizer(), model.layout(), kernels));
          } catch (RuntimeException | Error e) {
            model.close();
            throw e;
          }
        });
  }

  /**
   * Refuses data from which not even one step can be taken without repeating a sample, a dataset
   * too short for one sample, and one without validation text if validation loss is wanted.
   */
  public static void requireData(Mixture mixture, RunDescription run) {
    TrainingSettings training = run.training();
    int context = run.model().context();
    long samples = Arrays.stream(mixture.samples(context)).sum();
    training.requireSamples(samples, context, training.mostWorkers());
    if (run.evaluation().everyRounds() > 0) {
      mixture.datasets().forEach(Worker::requireValidation);
    }
  }

  private static void requireValidation(Dataset dataset) {
    boolean hasValidation =
        dataset.manifest().splits().containsKey(VALIDATION)
            && dataset.split(VALIDATION).tokens() > 1;
    if (!hasValidation) {
      throw new IllegalArgumentException(
          "evaluation.everyRounds: "
              + dataset.directory()
              + " has no validation split to measure on; set it to 0, or tokenize with"
              + " --validation-fraction");
    }
  }

  /** How this worker computes. */
  Arithmetic arithmetic() {
    return run.model().kind().isNetwork() ? Arithmetic.ofNetworks(kernels) : kernels.arithmetic();
  }

  public LanguageModel model() {
    return model;
  }

  /** Puts a shard of the state that a round begins with into the replica. */
  public void load(StateLayout layout, ShardState shard) {
    Sharding parameters = layout.parameters();
    long offset = parameters.offset(shard.index());
    float[] values = new float[Coded.CHUNK];
    forEachChunk(
        parameters.length(shard.index()),
        (from, count) -> {
          shard.parameters(from, values, count);
          model.parameters().write(offset + from, values, 0, count);
          if (start != null) {
            start.write(offset + from, values, count);
          }
        });
    for (int m = 0; m < layout.moments().size(); m++) {
      int number = m;
      Sharding sharding = layout.moment(m);
      copy(
          (from, target, count) -> shard.moment(number, from, target, count),
          optimizer.moments().get(m).values(),
          sharding.offset(shard.index()),
          sharding.length(shard.index()));
    }
  }

  private static void copy(Coded.Source source, Tensor target, long offset, int length) {
    float[] values = new float[Coded.CHUNK];
    forEachChunk(
        length,
        (from, count) -> {
          source.read(from, values, count);
          target.write(offset + from, values, 0, count);
        });
  }

  private interface Chunk {
    void at(int from, int count);
  }

  private static void forEachChunk(int length, Chunk chunk) {
    for (int from = 0; from < length; from += Coded.CHUNK) {
      chunk.at(from, Math.min(Coded.CHUNK, length - from));
    }
  }

  /** Initial state of a run: parameters at their init. */
  public void initialize() {
    model.initialize(training.seed());
  }

  /** Initial state of a run that goes on from a model: its parameters. */
  public void initialize(Storage storage, Path from) throws IOException {
    model.parameters().clear();
    Checkpoint.readModel(storage, from, model);
  }

  /** A shard of the state that a run begins with, after {@link #initialize}. */
  public StateShard first(StateLayout layout, int shard) {
    float[] parameters = new float[layout.parameters().length(shard)];
    model.parameters().read(layout.parameters().offset(shard), parameters, 0, parameters.length);
    return StateShard.first(layout, shard, parameters, averaging);
  }

  /**
   * What this worker made of a shard in a round, coded for the others.
   *
   * @param report of {@link #train}; it travels with shard 0
   */
  public ShardUpdate result(StateLayout layout, int shard, RoundPlan plan, WorkerReport report) {
    int worker = report.worker();
    Sharding parameters = layout.parameters();
    long offset = parameters.offset(shard);
    Coded changed =
        averaging.parameters(
            plan.round(), worker, shard, parameters.length(shard), changeFrom(offset));
    List<Coded> moments = new ArrayList<>();
    for (int m = 0; m < layout.moments().size(); m++) {
      Tensor values = optimizer.moments().get(m).values();
      long first = layout.moment(m).offset(shard);
      moments.add(
          averaging.moment(
              plan.round(),
              worker,
              shard,
              m,
              layout.moment(m).length(shard),
              (from, target, count) -> values.read(first + from, target, 0, count)));
    }
    List<WorkerReport> reports = shard == 0 ? List.of(report) : List.of();
    return new ShardUpdate(shard, changed, moments, reports);
  }

  private Coded.Source changeFrom(long offset) {
    Tensor now = model.parameters();
    if (start == null) {
      return (from, target, count) -> now.read(offset + from, target, 0, count);
    }
    float[] before = new float[Coded.CHUNK];
    return (from, target, count) -> {
      now.read(offset + from, target, 0, count);
      start.read(offset + from, before, count);
      for (int i = 0; i < count; i++) {
        target[i] = before[i] - target[i];
      }
    };
  }

  /**
   * Takes the local steps of one round. A step's gradient is that of the sum of this worker's
   * weighted losses, times the number of workers, divided by the weights of all samples that all
   * workers take in the step: the mean over workers is then the gradient of the mean over all
   * predictions. A step whose predictions all have weight 0 changes nothing. A step whose loss or
   * gradient is not finite changes nothing either and is the last: that is no exception, since a
   * task that fails is run again, to the same end.
   *
   * @throws IOException if samples cannot be read
   */
  public WorkerReport train(RoundPlan plan, int worker) throws IOException {
    return train(plan, worker, () -> {});
  }

  /**
   * As {@link #train(RoundPlan, int)}.
   *
   * @param beforeStep may throw to end the round early, with no result
   */
  public WorkerReport train(RoundPlan plan, int worker, Runnable beforeStep) throws IOException {
    long start = System.nanoTime();
    double lossSum = 0;
    double weightSum = 0;
    double normSum = 0;
    String notFinite = null;
    for (int s = 0; s < plan.steps() && notFinite == null; s++) {
      beforeStep.run();
      long step = plan.stepsBefore() + s + 1;
      double stepWeight = weight(plan, s);
      if (stepWeight > 0) {
        WeightedLoss loss =
            accumulate(plan.firstSample(s, worker, training), plan.workers() / stepWeight);
        lossSum += loss.sum();
        weightSum += loss.weight();
        try {
          requireFinite(loss, step);
          normSum += optimizer.step(model.parameters(), model.gradients(), schedule.at(step), step);
        } catch (ArithmeticException e) {
          notFinite =
              "round "
                  + plan.round()
                  + ", step "
                  + step
                  + ", worker "
                  + worker
                  + ": "
                  + e.getMessage();
        }
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new WorkerReport(worker, lossSum, weightSum, normSum, plan.steps(), seconds)
        .stopped(notFinite);
  }

  private void requireFinite(WeightedLoss loss, long step) {
    if (!Double.isFinite(loss.sum())) {
      throw new ArithmeticException(
          String.format(
              Locale.ROOT,
              "the loss is %s at learning rate %.4g; lower optimizer.learningRate or lengthen"
                  + " optimizer.warmupSteps",
              loss.mean(),
              schedule.at(step)));
    }
  }

  /** Sum of the weights of all samples of a step; every worker finds the same. */
  private double weight(RoundPlan plan, int stepInRound) throws IOException {
    long count = plan.samplesPerStep(training);
    if (batch.weights() == null) {
      return count * (double) batch.length();
    }
    long first = plan.firstSample(stepInRound, training);
    double sum = 0;
    for (long sample = first; sample < first + count; sample++) {
      sum += samples.weight(sample);
    }
    return sum;
  }

  /**
   * Scores this worker's share of the validation windows that the settings ask for, in each
   * dataset.
   *
   * @param part number of the share, one per worker
   */
  public List<LossSum> validationLoss(int part) throws IOException {
    List<LossSum> sums = new ArrayList<>();
    int parts = training.workers();
    for (Validation v : validations) {
      long windows = v.windows().windowsFor(run.evaluation().tokens());
      long from = windows * part / parts;
      long to = windows * (part + 1) / parts;
      sums.add(v.windows().score(model, v.tokens(), from, to, training.microBatch()));
    }
    return sums;
  }

  private WeightedLoss accumulate(long firstSample, double scale) throws IOException {
    model.gradients().clear();
    double sum = 0;
    double weight = 0;
    for (int a = 0; a < training.gradientAccumulation(); a++) {
      for (int row = 0; row < training.microBatch(); row++) {
        read(firstSample + (long) a * training.microBatch() + row, row);
      }
      WeightedLoss loss = model.lossAndGradient(batch, (float) scale);
      sum += loss.sum();
      weight += loss.weight();
    }
    return new WeightedLoss(sum, weight);
  }

  private void read(long sample, int row) throws IOException {
    samples.read(sample, batch.inputs(), batch.targets(), row);
    if (batch.weights() != null) {
      samples.readMask(sample, batch.weights(), batch.documentStarts(), row);
    }
  }

  @Override
  public void close() throws IOException {
    samples.close();
    for (Validation v : validations) {
      v.tokens().close();
    }
    closeArithmetic();
  }

  private void closeArithmetic() {
    if (start != null) {
      start.close();
    }
    optimizer.close();
    model.close();
    kernels.close();
  }
}
