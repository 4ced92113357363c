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
final class SweepProgress {
  private static final long QUIET_NANOS = 5_000_000_000L;

  private final PrintStream out;
  private final int runs;
  private final double totalFlops;
  private final Map<String, Double> flops = new HashMap<>();
  private final long start = System.nanoTime();
  private double flopsAtStart;
  private long lastLine = System.nanoTime();
  private int finished;

  SweepProgress(List<SweepPlan.PlannedRun> runs, PrintStream out) {
    this.out = out;
    this.runs = runs.size();
    this.totalFlops = runs.stream().mapToDouble(SweepPlan.PlannedRun::flops).sum();
  }

  synchronized void alreadyFinished(SweepPlan.PlannedRun run) {
    finished++;
    flops.put(run.name(), run.flops());
    flopsAtStart += run.flops();
    out.printf("  %-22s finished before%n", run.name());
  }

  synchronized void finished(SweepPlan.PlannedRun run, RoundMetrics last, double seconds) {
    finished++;
    flops.put(run.name(), run.flops());
    out.printf(
        Locale.ROOT,
        "  %-22s %d/%d  loss %.4f  %d tokens in %.0f s%n",
        run.name(),
        finished,
        runs,
        last == null ? Double.NaN : last.loss(),
        run.tokens(),
        seconds);
  }

  RunListener listener(SweepPlan.PlannedRun run, RoundMetrics[] last) {
    return new RunListener() {
      private boolean first = true;

      @Override
      public void message(String text) {
        synchronized (SweepProgress.this) {
          out.printf("  %-22s %s%n", run.name(), text);
        }
      }

      @Override
      public void roundFinished(Progress progress, RoundMetrics metrics) {
        last[0] = metrics;
        double before = first ? metrics.flops() : 0;
        first = false;
        advanced(run, metrics, before);
      }
    };
  }

  private synchronized void advanced(
      SweepPlan.PlannedRun run, RoundMetrics metrics, double firstFlops) {
    // A resumed run's earlier work was not done now and must not flatter the speed.
    if (firstFlops > run.flops() / 2) {
      flopsAtStart += firstFlops;
    }
    flops.put(run.name(), metrics.flops());
    long now = System.nanoTime();
    if (now - lastLine < QUIET_NANOS) {
      return;
    }
    lastLine = now;
    double done = flops.values().stream().mapToDouble(Double::doubleValue).sum();
    double seconds = (now - start) / 1e9;
    double rate = (done - flopsAtStart) / seconds;
    long left = Math.round((totalFlops - done) / rate);
    out.printf(
        Locale.ROOT,
        "  %3.0f%%  %d of %d runs  %.1f GFLOP/s  %d:%02d left%n",
        100 * done / totalFlops,
        finished,
        runs,
        rate / 1e9,
        left / 60,
        left % 60);
  }
}
