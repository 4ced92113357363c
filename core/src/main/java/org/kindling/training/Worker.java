package org.kindling.training;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.kindling.corpus.SampleReader;
import org.kindling.kernels.Kernels;
import org.kindling.kernels.Tensor;
import org.kindling.model.LanguageModel;
import org.kindling.model.LanguageModels;
import org.kindling.model.ModelSettings;
import org.kindling.model.TokenBatch;
import org.kindling.optimizer.AdamW;
import org.kindling.optimizer.LearningRateSchedule;
import org.kindling.optimizer.OptimizerSettings;

/**
 * One replica: a model, its optimizer and a reader of samples. It keeps nothing between rounds that
 * matters: {@link #load} every slice, {@link #train}, then {@link #cut} the result. Not
 * thread-safe; made once and used for many rounds, since its buffers are large.
 */
public final class Worker implements Closeable {
  private final TrainingSettings training;
  private final Kernels kernels;
  private final LanguageModel model;
  private final AdamW optimizer;
  private final LearningRateSchedule schedule;
  private final SampleReader samples;
  private final TokenBatch batch;

  /**
   * @param samples closed together with the worker
   * @throws IllegalArgumentException if the data have fewer samples than one step takes
   */
  public Worker(
      ModelSettings modelSettings,
      int vocabulary,
      TrainingSettings training,
      OptimizerSettings optimizerSettings,
      SampleReader samples) {
    requireEnough(samples.samples(), training, modelSettings.context());
    this.training = training;
    this.samples = samples;
    this.kernels = Kernels.named(training.kernels());
    this.model =
        LanguageModels.create(modelSettings, vocabulary, training.batch(), kernels);
    this.optimizer = new AdamW(optimizerSettings, model.layout(), kernels);
    this.schedule = new LearningRateSchedule(optimizerSettings, training.steps());
    int tokens = training.batch() * modelSettings.context();
    this.batch =
        new TokenBatch(
            training.batch(), modelSettings.context(), new int[tokens], new int[tokens]);
  }

  /** Refuses a data set from which not even one step can be taken without repeating itself. */
  public static void requireEnough(long samples, TrainingSettings training, int context) {
    if (samples < training.samplesPerStep()) {
      throw new IllegalArgumentException(
          "data: the train split has "
              + samples
              + " samples of "
              + context
              + " tokens, one step takes "
              + training.samplesPerStep()
              + "; use more text, a smaller training.batch or a smaller model.context");
    }
  }

  public LanguageModel model() {
    return model;
  }

  /** Puts a slice of the global state into the replica; the slice is only read. */
  public void load(Slicing slicing, StateSlice slice) {
    long offset = slicing.offset(slice.index());
    int length = slicing.length(slice.index());
    model.parameters().write(offset, slice.parameters(), 0, length);
    optimizer.firstMoment().write(offset, slice.firstMoment(), 0, length);
    optimizer.secondMoment().write(offset, slice.secondMoment(), 0, length);
  }

  /** Initial state of a run: random parameters, moments zero. */
  public void initialize() {
    model.initialize(training.seed());
    optimizer.firstMoment().clear();
    optimizer.secondMoment().clear();
  }

  /** Copies a slice of the replica's state out. */
  public StateSlice cut(Slicing slicing, int slice, List<WorkerReport> reports) {
    return new StateSlice(
        slice,
        read(model.parameters(), slicing, slice),
        read(optimizer.firstMoment(), slicing, slice),
        read(optimizer.secondMoment(), slicing, slice),
        reports);
  }

  private static float[] read(Tensor tensor, Slicing slicing, int slice) {
    float[] values = new float[slicing.length(slice)];
    tensor.read(slicing.offset(slice), values, 0, values.length);
    return values;
  }

  /**
   * Takes the local steps of one round.
   *
   * @throws IOException if samples cannot be read
   * @throws ArithmeticException if the loss is no longer finite
   */
  public WorkerReport train(RoundPlan plan, int worker) throws IOException {
    long start = System.nanoTime();
    double lossSum = 0;
    double normSum = 0;
    for (int s = 0; s < plan.steps(); s++) {
      long step = plan.stepsBefore() + s + 1;
      double loss = accumulate(plan.firstSample(s, worker, training));
      if (!Double.isFinite(loss)) {
        throw new ArithmeticException(
            "step "
                + step
                + ", worker "
                + worker
                + ": the loss is "
                + loss
                + "; lower optimizer.learningRate or lengthen optimizer.warmupSteps");
      }
      lossSum += loss;
      normSum +=
          optimizer.step(model.parameters(), model.gradients(), schedule.at(step), step);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    return new WorkerReport(worker, lossSum, normSum, plan.steps(), seconds);
  }

  private double accumulate(long firstSample) throws IOException {
    model.gradients().clear();
    double sum = 0;
    for (int a = 0; a < training.accumulate(); a++) {
      for (int row = 0; row < training.batch(); row++) {
        long sample = firstSample + (long) a * training.batch() + row;
        samples.read(sample, batch.inputs(), batch.targets(), row);
      }
      sum += model.lossAndGradient(batch, 1f / training.accumulate());
    }
    return sum / training.accumulate();
  }

  @Override
  public void close() throws IOException {
    samples.close();
    optimizer.close();
    model.close();
    kernels.close();
  }
}
