package org.kindling.spark.jobs;

import java.io.PrintStream;
import java.util.Locale;
import org.kindling.spark.progress.Readable;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunListener;
import org.kindling.training.Traffic;
import org.kindling.training.TrainingSettings;

/** Prints one line per round. */
final class ProgressLines implements RunListener {
  private final TrainingSettings settings;
  private final PrintStream out;
  private long start;
  private long firstStep;

  ProgressLines(TrainingSettings settings, PrintStream out) {
    this.settings = settings;
    this.out = out;
  }

  @Override
  public void message(String text) {
    out.println(text);
  }

  @Override
  public void started(Progress from) {
    start = System.nanoTime();
    firstStep = from.step();
  }

  @Override
  public void roundFinished(Progress progress, RoundMetrics metrics) {
    double elapsed = (System.nanoTime() - start) / 1e9;
    double left = elapsed * (settings.steps() - progress.step()) / (progress.step() - firstStep);
    String validation =
        metrics.validationLoss() == null
            ? ""
            : String.format(Locale.ROOT, "  validation %.4f", metrics.validationLoss());
    out.printf(
        Locale.ROOT,
        "round %d  step %d/%d (%d%%)  loss %.4f%s  %s tokens/s  averaging %.0f%%%s  %s left%n",
        metrics.round(),
        metrics.step(),
        settings.steps(),
        100 * metrics.step() / settings.steps(),
        metrics.loss(),
        validation,
        Readable.count(metrics.tokensPerSecond()),
        100 * metrics.averagingSeconds() / metrics.seconds(),
        moved(metrics.traffic()),
        Readable.seconds(left));
  }

  private static String moved(Traffic traffic) {
    return traffic == null
        ? ""
        : String.format(Locale.ROOT, "  %.1f MB between executors", traffic.totalBytes() / 1e6);
  }
}
