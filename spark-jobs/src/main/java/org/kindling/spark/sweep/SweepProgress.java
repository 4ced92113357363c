package org.kindling.spark.sweep;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunListener;

/**
 * Tells how a sweep is getting on: a line when a run ends, and one on the whole every few seconds.
 * Called by the threads of all runs.
 */
public final class SweepProgress {
  private static final long QUIET_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final int runs;
  private final double totalFlops;
  private final Map<String, Double> flops = new HashMap<>();
  private final long start = System.nanoTime();
  private double flopsBefore;
  private long lastLine = start;
  private int finished;

  public SweepProgress(List<SweepPlan.PlannedRun> runs, PrintStream out) {
    this.out = out;
    this.runs = runs.size();
    this.totalFlops = runs.stream().mapToDouble(SweepPlan.PlannedRun::flops).sum();
  }

  /** A run that an earlier attempt at the sweep brought to its end. */
  public synchronized void finishedBefore(SweepPlan.PlannedRun run) {
    finished++;
    flops.put(run.name(), run.flops());
    flopsBefore += run.flops();
    out.printf("  %-18s finished before%n", run.name());
  }

  /** Listens to one run. */
  public RunListener listener(SweepPlan.PlannedRun run) {
    return new RunListener() {
      private final long runStart = System.nanoTime();

      @Override
      public void message(String text) {
        synchronized (SweepProgress.this) {
          out.printf("  %-18s %s%n", run.name(), text);
        }
      }

      @Override
      public void started(Progress from) {
        synchronized (SweepProgress.this) {
          flopsBefore += 6.0 * run.parameters() * from.tokens();
        }
      }

      @Override
      public void roundFinished(Progress progress, RoundMetrics metrics) {
        boolean last = progress.tokens() >= run.tokens();
        advanced(run, metrics, last, (System.nanoTime() - runStart) / 1e9);
      }
    };
  }

  private synchronized void advanced(
      SweepPlan.PlannedRun run, RoundMetrics metrics, boolean last, double seconds) {
    flops.put(run.name(), metrics.flops());
    if (last) {
      finished++;
      out.printf(
          Locale.ROOT,
          "  %-18s loss %.3f%s after %.2fM tokens, %.0f s%n",
          run.name(),
          metrics.loss(),
          metrics.heldOutLoss() == null
              ? ""
              : String.format(Locale.ROOT, " (held-out %.3f)", metrics.heldOutLoss()),
          metrics.tokens() / 1e6,
          seconds);
    }
    long now = System.nanoTime();
    if (now - lastLine < QUIET_NANOS && finished < runs) {
      return;
    }
    lastLine = now;
    double done = flops.values().stream().mapToDouble(Double::doubleValue).sum();
    double rate = (done - flopsBefore) / ((now - start) / 1e9);
    long left = Math.round((totalFlops - done) / rate);
    out.printf(
        Locale.ROOT,
        "%3.0f%% of the sweep's FLOPs  %d of %d runs done  %.0f GFLOP/s  %d:%02d left%n",
        Math.floor(100 * done / totalFlops),
        finished,
        runs,
        rate / 1e9,
        left / 60,
        left % 60);
  }
}
