package org.kindling.spark.sweep;

import java.util.Locale;
import java.util.OptionalDouble;
import org.kindling.spark.progress.Readable;
import org.kindling.training.RoundMetrics;

/** Where a run of a sweep is. Not thread-safe. */
final class RunStatus {
  /** What is being done with a run. */
  enum Stage {
    WAITING,
    TRAINING,
    DONE,
    FAILED
  }

  final PlannedRun run;
  Stage stage = Stage.WAITING;
  private long tokens;
  private RoundMetrics last;
  private Double validation;
  private long startNanos;
  private long roundNanos;
  private int rounds;

  RunStatus(PlannedRun run) {
    this.run = run;
    this.tokens = run.branchTokens();
  }

  void begun(long fromTokens) {
    stage = Stage.TRAINING;
    tokens = fromTokens;
    startNanos = System.nanoTime();
    roundNanos = startNanos;
  }

  /** Takes the time from one round's end to the next's, checkpoints and all, for the speed. */
  void advanced(long toTokens, RoundMetrics metrics, Speed speed) {
    long now = System.nanoTime();
    rounds++;
    if (rounds > 1 && toTokens > tokens) {
      speed.measured(run.parameters(), run.workOf(toTokens - tokens), (now - roundNanos) / 1e9);
    }
    roundNanos = now;
    tokens = toTokens;
    last = metrics;
    validation = metrics.validationLoss() == null ? validation : metrics.validationLoss();
  }

  void finished() {
    stage = Stage.DONE;
    tokens = run.tokens();
  }

  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  /** What has been done of {@link PlannedRun#ownFlops}. */
  double doneFlops() {
    return run.workOf(Math.max(0, tokens - run.branchTokens()));
  }

  /**
   * What is left.
   *
   * @param prefixRun whose checkpoint a branch starts from; null for others
   */
  Forecast.Rest rest(double flopsPerSecond, RunStatus prefixRun) {
    boolean waits =
        stage == Stage.WAITING
            && prefixRun != null
            && (prefixRun.stage == Stage.WAITING || prefixRun.stage == Stage.TRAINING)
            && prefixRun.tokens < run.branchTokens();
    return new Forecast.Rest(
        run.name(),
        stage == Stage.TRAINING,
        run.workOf(run.tokens() - tokens) / flopsPerSecond,
        waits ? prefixRun.run.name() : null,
        waits ? run.workOf(run.branchTokens() - prefixRun.tokens) / flopsPerSecond : 0);
  }

  /** A line of the table. */
  String row(Speed speed) {
    OptionalDouble rate = speed.of(run.parameters());
    return String.format(
        Locale.ROOT,
        "%-22s %-9s %7.0f%% %9s %10s %9s %8s",
        run.name(),
        stage.name().toLowerCase(Locale.ROOT),
        Math.floor(100.0 * tokens / run.tokens()),
        last == null ? "" : String.format(Locale.ROOT, "%.4f", last.loss()),
        validation == null ? "" : String.format(Locale.ROOT, "%.4f", validation),
        last == null ? "" : Readable.count(last.tokensPerSecond()),
        rate.isEmpty()
            ? ""
            : Readable.seconds(run.workOf(run.tokens() - tokens) / rate.getAsDouble()));
  }
}
