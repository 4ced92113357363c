package org.kindling.training;

import org.kindling.kernels.Kernels;

/**
 * The {@code training} section of a run's settings.
 *
 * @param workers logical workers W, whose parameters are averaged; independent of executors
 * @param batch sequences per worker and micro-batch
 * @param accumulate micro-batches per optimizer step
 * @param localSteps H, optimizer steps between averagings
 * @param steps optimizer steps of the whole run
 * @param seed of initial parameters and of the order of samples
 * @param precision {@code fp32}
 * @param kernels {@code auto} or a name from {@link org.kindling.kernels.Kernels#named}
 */
public record TrainingSettings(
    int workers,
    int batch,
    int accumulate,
    int localSteps,
    long steps,
    long seed,
    String precision,
    String kernels)
    implements java.io.Serializable {
  public static final TrainingSettings DEFAULTS =
      new TrainingSettings(1, 12, 1, 20, 2000, 1, "fp32", "auto");

  public TrainingSettings {
    positive("training.workers", workers);
    positive("training.batch", batch);
    positive("training.accumulate", accumulate);
    positive("training.localSteps", localSteps);
    positive("training.steps", steps);
    if (!"fp32".equals(precision)) {
      throw new IllegalArgumentException(
          "training.precision: unknown precision '" + precision + "'; use fp32");
    }
    if (kernels == null || !Kernels.isKnown(kernels)) {
      throw new IllegalArgumentException(
          "training.kernels: unknown kernels '" + kernels + "'; use auto, vector or nd4j");
    }
  }

  /** Sequences that one worker takes in one optimizer step. */
  public long samplesPerWorkerStep() {
    return (long) batch * accumulate;
  }

  /** Sequences that all workers together take in one optimizer step. */
  public long samplesPerStep() {
    return workers * samplesPerWorkerStep();
  }

  private static void positive(String key, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(key + ": expected at least 1, found " + value);
    }
  }
}
