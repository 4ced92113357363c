package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.kindling.model.LanguageModels;
import org.kindling.spark.progress.Readable;
import org.kindling.spark.sweep.PlannedRun;
import org.kindling.spark.sweep.Speed;
import org.kindling.training.TrainingSettings;

/** Says what a sweep costs before it is trained. */
final class SweepEstimate {
  /** A step of more operations than this takes longer than anyone waits for a calibration. */
  private static final double LARGEST_STEP_FLOPS = 2e11;

  private static final int SHAPES = 3;
  private static final int STEPS = 15;
  private static final double WARMUP_SECONDS = 1;

  /** With the first shape Java compiles what all of them use. */
  private static final double FIRST_WARMUP_SECONDS = 6;

  private final PrintStream out;

  SweepEstimate(PrintStream out) {
    this.out = out;
  }

  /** One line a run, and the sums. */
  void print(List<PlannedRun> runs) {
    out.printf(
        "%-22s %10s %9s %11s %9s %7s  %-16s%s%n",
        "run", "6ND FLOPs", "total", "parameters", "tokens", "steps", "layers x width", "starts");
    for (PlannedRun run : runs) {
      out.printf(
          Locale.ROOT,
          "%-22s %10.3g %9.3g %11d %9s %7d  %-16s%s%n",
          run.name(),
          run.flops(),
          run.totalFlops(),
          run.parameters(),
          Readable.count(run.tokens()),
          run.settings().training().steps(),
          run.settings().model().layers() + " x " + run.settings().model().width(),
          run.prefixRun() == null ? "" : "at step " + run.branchStep() + " of " + run.prefixRun());
    }
    double flops = runs.stream().mapToDouble(PlannedRun::flops).sum();
    double total = runs.stream().mapToDouble(PlannedRun::totalFlops).sum();
    double own = runs.stream().mapToDouble(PlannedRun::ownFlops).sum();
    out.printf(
        Locale.ROOT,
        "%d runs: %.3g FLOPs by 6ND, %.3g with attention (6ND + 12 layers context width D)%n",
        runs.size(),
        flops,
        total);
    if (own < total) {
      out.printf(
          Locale.ROOT,
          "to be trained: %.3g FLOPs; shared prefixes save %.3g (%.0f%%)%n",
          own,
          total - own,
          100 * (total - own) / total);
    }
  }

  /**
   * @param slots runs at the same time
   */
  void printTime(List<PlannedRun> runs, int slots, Speed speed, String source) {
    double seconds = speed.secondsFor(runs, slots);
    out.printf(
        Locale.ROOT,
        "estimated: %.2f hours (%s) with %d runs at once; %s; start-up, averaging and checkpoints come"
            + " on top%n",
        seconds / 3600,
        Readable.seconds(seconds),
        slots,
        source);
  }

  /**
   * Takes a few steps with some of the shapes on one core of this machine.
   *
   * @throws IllegalArgumentException if all shapes are too large for that
   */
  Speed calibrate(List<PlannedRun> runs) throws IOException {
    List<PlannedRun> small =
        runs.stream()
            .filter(run -> stepFlops(run) <= LARGEST_STEP_FLOPS)
            .sorted(Comparator.comparingLong(PlannedRun::parameters))
            .toList();
    if (small.isEmpty()) {
      throw new IllegalArgumentException(
          "--dry-run: a step of the smallest model takes too long to try here; give the speed of one"
              + " worker with --flops-per-second");
    }
    Map<Long, Double> rates = new TreeMap<>();
    for (int i = 0; i < SHAPES; i++) {
      PlannedRun run = small.get(i * (small.size() - 1) / (SHAPES - 1));
      if (!rates.containsKey(run.parameters())) {
        double warmup = rates.isEmpty() ? FIRST_WARMUP_SECONDS : WARMUP_SECONDS;
        rates.put(run.parameters(), measure(run, warmup));
      }
    }
    double slowest = rates.values().stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double fastest = rates.values().stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    out.printf(
        Locale.ROOT,
        "measured: %.1f to %.1f GFLOP/s a worker, with %d of the shapes on one core of this machine%n",
        slowest / 1e9,
        fastest / 1e9,
        rates.size());
    return Speed.assumed(rates);
  }

  private static double stepFlops(PlannedRun run) {
    TrainingSettings training = run.settings().training();
    long tokens = (long) training.microBatch() * run.settings().model().context();
    return LanguageModels.trainingFlopsPerToken(run.settings().model(), run.vocabulary()) * tokens;
  }

  /** Operations a second of a run: those of one worker times the workers. */
  private static double measure(PlannedRun run, double warmupSeconds) throws IOException {
    TrainingSettings training = run.settings().training();
    StepReplica.Task task =
        new StepReplica.Task(
            run.settings().model(),
            run.vocabulary(),
            new StepReplica.Work(training.microBatch(), STEPS, warmupSeconds),
            training.wanted(),
            training.arithmetic(),
            training.activations(),
            run.settings().optimizer());
    try {
      double[] times = StepReplica.run(task, 1, () -> null).milliseconds();
      java.util.Arrays.sort(times);
      return training.workers() * stepFlops(run) / (times[STEPS / 2] / 1e3);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("--dry-run: the calibration failed: " + e.getMessage(), e);
    }
  }
}
