package org.kindling.spark.sweep;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.kindling.spark.progress.LiveBlock;
import org.kindling.spark.progress.Readable;
import org.kindling.spark.sweep.RunStatus.Stage;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunListener;

/**
 * Tells how a sweep is getting on: a line when a run ends, and a table of the runs that are being
 * trained with a line on the whole. Called by the threads of all runs.
 */
final class SweepProgress {
  private static final String HEADING =
      String.format(
          "%-22s %-9s %8s %9s %10s %9s %8s",
          "run", "status", "progress", "loss", "validation", "tokens/s", "left");

  private final LiveBlock block;
  private final int slots;
  private final Speed speed;
  private final Map<String, RunStatus> runs = new LinkedHashMap<>();
  private final double totalFlops;

  /**
   * @param slots runs trained at the same time
   */
  SweepProgress(List<PlannedRun> planned, int slots, Speed speed, LiveBlock block) {
    this.block = block;
    this.slots = slots;
    this.speed = speed;
    planned.forEach(run -> runs.put(run.name(), new RunStatus(run)));
    this.totalFlops = planned.stream().mapToDouble(PlannedRun::ownFlops).sum();
  }

  /** A run that an earlier attempt at the sweep brought to its end. */
  synchronized void finishedBefore(PlannedRun run) {
    runs.get(run.name()).finished();
    block.print(String.format("  %-22s finished before", run.name()));
  }

  synchronized void failed(PlannedRun run, String reason) {
    runs.get(run.name()).stage = Stage.FAILED;
    block.print(String.format("  %-22s failed: %s", run.name(), reason));
  }

  /** Prints the table as it stands. */
  synchronized void end() {
    block.showNow(table());
  }

  /** Observes one run. */
  RunListener listener(PlannedRun run) {
    return new RunListener() {
      @Override
      public void message(String text) {
        block.print(String.format("  %-22s %s", run.name(), text));
      }

      @Override
      public void started(Progress from) {
        begun(run, from);
      }

      @Override
      public void roundFinished(Progress progress, RoundMetrics metrics) {
        advanced(run, progress, metrics);
      }
    };
  }

  private synchronized void begun(PlannedRun run, Progress from) {
    runs.get(run.name()).begun(from.tokens());
  }

  private synchronized void advanced(PlannedRun run, Progress at, RoundMetrics metrics) {
    RunStatus status = runs.get(run.name());
    status.advanced(at.tokens(), metrics, speed);
    if (at.tokens() >= run.tokens()) {
      status.finished();
      block.print(ended(status, metrics));
    }
    block.show(this::table);
  }

  private static String ended(RunStatus status, RoundMetrics metrics) {
    return String.format(
        Locale.ROOT,
        "  %-22s loss %.4f%s after %s tokens, %s",
        status.run.name(),
        metrics.loss(),
        metrics.validationLoss() == null
            ? ""
            : String.format(Locale.ROOT, " (validation %.4f)", metrics.validationLoss()),
        Readable.count(metrics.tokens()),
        Readable.seconds(status.seconds()));
  }

  /** Heading, runs in training, and a line on the whole. */
  private List<String> table() {
    List<String> lines = new ArrayList<>();
    lines.add(HEADING);
    for (RunStatus status : runs.values()) {
      if (status.stage == Stage.TRAINING) {
        lines.add(status.row(speed));
      }
    }
    lines.add(summary());
    return lines;
  }

  private String summary() {
    double done = runs.values().stream().mapToDouble(RunStatus::doneFlops).sum();
    long failed = count(Stage.FAILED);
    OptionalDouble left = secondsLeft();
    return String.format(
        Locale.ROOT,
        "%3.0f%% of %.3g FLOPs  %d of %d runs done%s, %d training, %d waiting  %s",
        Math.floor(100 * done / totalFlops),
        totalFlops,
        count(Stage.DONE),
        runs.size(),
        failed == 0 ? "" : ", " + failed + " failed",
        count(Stage.TRAINING),
        count(Stage.WAITING),
        left.isPresent() ? Readable.seconds(left.getAsDouble()) + " left" : "measuring the speed");
  }

  private long count(Stage stage) {
    return runs.values().stream().filter(status -> status.stage == stage).count();
  }

  /** By a play of what is left at the speed measured so far; empty before there is one. */
  synchronized OptionalDouble secondsLeft() {
    List<Forecast.Rest> rest = new ArrayList<>();
    for (RunStatus status : runs.values()) {
      if (status.stage == Stage.TRAINING || status.stage == Stage.WAITING) {
        OptionalDouble rate = speed.of(status.run.parameters());
        if (rate.isEmpty()) {
          return rate;
        }
        rest.add(status.rest(rate.getAsDouble(), runs.get(status.run.prefixRun())));
      }
    }
    return OptionalDouble.of(Forecast.seconds(rest, slots));
  }
}
