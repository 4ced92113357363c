package org.kindling.training;

import java.util.List;
import org.kindling.exchange.Exchange;
import org.kindling.kernels.Device;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.KernelsWanted;
import org.kindling.kernels.Precision;
import org.kindling.model.Activations;

/**
 * The {@code training} section of a run's settings.
 *
 * @param workers logical workers W, whose parameters are averaged; independent of executors
 * @param microBatch sequences per worker and micro-batch
 * @param gradientAccumulation micro-batches per optimizer step
 * @param localSteps H, optimizer steps between averagings
 * @param steps optimizer steps of the whole run
 * @param seed of initial parameters and of the order of samples
 * @param precision of training steps, a name from {@link Precision}; evaluation is in fp32
 * @param kernels {@code auto} or a name from {@link org.kindling.kernels.Kernels#named(String)}
 * @param device where the kernels compute, a name from {@link Device}
 * @param averaging whose rounds: {@link #KINDLING} or {@link #DL4J}
 * @param recompute {@code none}, or {@code blocks}: less memory, with the same bits
 * @param exchange in how many bits workers send what they learned, a name from {@link Exchange}
 * @param overlap whether the next round begins while this one is averaged
 * @param workersAt other numbers of workers from some steps on
 * @param quorum workers that have to be done before a round may go without the others; 0 for all
 * @param graceSeconds that the others have from then on
 */
public record TrainingSettings(
    int workers,
    int microBatch,
    int gradientAccumulation,
    int localSteps,
    long steps,
    long seed,
    String precision,
    String kernels,
    String device,
    String averaging,
    String recompute,
    String exchange,
    boolean overlap,
    List<WorkersAt> workersAt,
    int quorum,
    double graceSeconds)
    implements java.io.Serializable {
  /** Rounds of this project. */
  public static final String KINDLING = "kindling";

  /** Rounds of DL4J's {@code ParameterAveragingTrainingMaster}. */
  public static final String DL4J = "dl4j";

  public static final TrainingSettings DEFAULTS =
      new TrainingSettings(1, 12, 1, 20, 2000, 1, "fp32", "auto");

  public TrainingSettings {
    positive("training.workers", workers);
    positive("training.microBatch", microBatch);
    positive("training.gradientAccumulation", gradientAccumulation);
    positive("training.localSteps", localSteps);
    positive("training.steps", steps);
    if (kernels == null || !Kernels.isKnown(kernels)) {
      throw new IllegalArgumentException(
          "training.kernels: unknown kernels '" + kernels + "'; use " + Kernels.choices());
    }
    if (device == null) {
      device = Device.AUTO.label();
    }
    if (Device.named("training.device", device) == Device.CUDA && kernels.equals("vector")) {
      throw new IllegalArgumentException(
          "training.device: cuda, and training.kernels vector compute on CPUs; use kernels auto or torch");
    }
    if (arithmetic(precision) == Precision.BF16 && kernels.equals("nd4j")) {
      throw new IllegalArgumentException(
          "training.precision: nd4j kernels have no bf16; use training.kernels auto, vector or"
              + " torch, or precision fp32");
    }
    if (!KINDLING.equals(averaging) && !DL4J.equals(averaging)) {
      throw new IllegalArgumentException(
          "training.averaging: unknown '" + averaging + "'; use kindling or dl4j");
    }
    Activations.ofSetting(recompute);
    exchange = exchange == null ? Exchange.FP32.label() : exchange;
    Exchange.named(exchange);
    if (DL4J.equals(averaging) && (overlap || Exchange.named(exchange) != Exchange.FP32)) {
      throw new IllegalArgumentException(
          "training.averaging: dl4j sends float32 and waits for it; use averaging kindling, or leave"
              + " training.exchange and training.overlap out");
    }
    workersAt = workersAt == null ? List.of() : List.copyOf(workersAt);
    WorkersAt.requireSchedule(workersAt, localSteps, steps);
    requireQuorum(quorum, leastWorkers(workers, workersAt), graceSeconds);
    if (quorum > 0 && DL4J.equals(averaging)) {
      throw new IllegalArgumentException(
          "training.quorum: rounds of dl4j wait for every worker; use averaging kindling, or leave it out");
    }
  }

  private static int leastWorkers(int workers, List<WorkersAt> workersAt) {
    return workersAt.stream().mapToInt(WorkersAt::workers).reduce(workers, Math::min);
  }

  private static void requireQuorum(int quorum, int workers, double graceSeconds) {
    if (quorum < 0 || quorum > workers) {
      throw new IllegalArgumentException(
          "training.quorum: expected 0 (all) to the number of workers ("
              + workers
              + "), found "
              + quorum);
    }
    if (!(graceSeconds >= 0) || Double.isInfinite(graceSeconds)) {
      throw new IllegalArgumentException(
          "training.graceSeconds: expected 0 or more seconds, found " + graceSeconds);
    }
  }

  /** With Kindling's own rounds. */
  public TrainingSettings(
      int workers,
      int microBatch,
      int gradientAccumulation,
      int localSteps,
      long steps,
      long seed,
      String precision,
      String kernels) {
    this(
        workers,
        microBatch,
        gradientAccumulation,
        localSteps,
        steps,
        seed,
        precision,
        kernels,
        Device.AUTO.label(),
        KINDLING,
        "none",
        Exchange.FP32.label(),
        false,
        List.of(),
        0,
        0);
  }

  /** The same with other bits in the exchange, and with rounds that overlap or not. */
  public TrainingSettings exchanging(String exchange, boolean overlap) {
    return with(exchange, overlap, workersAt, quorum, graceSeconds);
  }

  /** The same with rounds that may go without some workers. */
  public TrainingSettings withQuorum(int quorum, double graceSeconds) {
    return with(exchange, overlap, workersAt, quorum, graceSeconds);
  }

  /** These settings with other numbers of workers from some steps on. */
  public TrainingSettings withWorkersAt(List<WorkersAt> workersAt) {
    return with(exchange, overlap, workersAt, quorum, graceSeconds);
  }

  private TrainingSettings with(
      String exchange,
      boolean overlap,
      List<WorkersAt> workersAt,
      int quorum,
      double graceSeconds) {
    return new TrainingSettings(
        workers,
        microBatch,
        gradientAccumulation,
        localSteps,
        steps,
        seed,
        precision,
        kernels,
        device,
        averaging,
        recompute,
        exchange,
        overlap,
        workersAt,
        quorum,
        graceSeconds);
  }

  private static Precision arithmetic(String precision) {
    return Precision.named("training.precision", precision);
  }

  /** The precision by its type. */
  public Precision arithmetic() {
    return arithmetic(precision);
  }

  /** The kernels and their device. */
  public KernelsWanted wanted() {
    return new KernelsWanted(kernels, Device.named("training.device", device));
  }

  /** The bits of the exchange by their type. */
  public Exchange exchanged() {
    return Exchange.named(exchange);
  }

  /**
   * Whether workers send how parameters changed. In float32 they send what these have become, which
   * plain averaging takes as it is; that is of no use while another round is being averaged.
   */
  boolean sendsChanges() {
    return overlap || exchanged() != Exchange.FP32;
  }

  /** What becomes of a block's activations. */
  public Activations activations() {
    return Activations.ofSetting(recompute);
  }

  /** Sequences that one worker takes in one optimizer step. */
  public long samplesPerWorkerStep() {
    return (long) microBatch * gradientAccumulation;
  }

  /** Sequences that the workers of the run's beginning together take in one optimizer step. */
  public long samplesPerStep() {
    return workers * samplesPerWorkerStep();
  }

  /**
   * Workers by these settings.
   *
   * @param step optimizer steps taken before
   */
  public int workersFrom(long step) {
    int found = workers;
    for (WorkersAt entry : workersAt) {
      found = entry.step() <= step ? entry.workers() : found;
    }
    return found;
  }

  /** Whether an entry of the schedule holds from this step on. */
  boolean changesWorkersAt(long step) {
    return workersAt.stream().anyMatch(entry -> entry.step() == step);
  }

  /** Such as "4", or "4, from step 500 on 8". */
  public String workersInWords() {
    StringBuilder text = new StringBuilder().append(workers);
    for (WorkersAt entry : workersAt) {
      text.append(", from step ").append(entry.step()).append(" on ").append(entry.workers());
    }
    return text.toString();
  }

  /** The largest number of workers of any step. */
  public int mostWorkers() {
    return Math.max(workers, workersAt.stream().mapToInt(WorkersAt::workers).max().orElse(0));
  }

  /**
   * Refuses data of which not even one step can be taken without repeating a sample.
   *
   * @param samples of one epoch, of {@code context} tokens each
   * @throws IllegalArgumentException saying what a step takes
   */
  public void requireSamples(long samples, int context, int workers) {
    long perStep = workers * samplesPerWorkerStep();
    if (samples < perStep) {
      throw new IllegalArgumentException(
          "data: the train split has "
              + samples
              + " samples of "
              + context
              + " tokens, one step takes "
              + perStep
              + " with "
              + workers
              + (workers == 1 ? " worker" : " workers")
              + "; use more text, fewer workers, a smaller training.microBatch or a smaller"
              + " model.context");
    }
  }

  private static void positive(String key, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(key + ": expected at least 1, found " + value);
    }
  }
}
