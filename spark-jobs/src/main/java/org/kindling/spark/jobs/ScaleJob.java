package org.kindling.spark.jobs;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.Mixture;
import org.kindling.settings.RunSettings;
import org.kindling.storage.Storage;
import org.kindling.training.ScaleRequest;
import org.kindling.training.TrainingRun;
import org.kindling.training.TrainingSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kindling scale}: asks a run for another number of workers. */
@Command(
    name = "scale",
    mixinStandardHelpOptions = true,
    description =
        "Changes the number of workers of a run that is under way, from one of its next rounds on.")
final class ScaleJob implements Callable<Integer> {
  @Option(
      names = "--run",
      required = true,
      paramLabel = "DIR",
      description = "Directory of the run.")
  private String run;

  @Option(
      names = "--workers",
      required = true,
      paramLabel = "N",
      description = "Workers from then on.")
  private int workers;

  @Override
  public Integer call() throws IOException {
    if (workers < 1) {
      throw new IllegalArgumentException("--workers: expected at least 1, found " + workers);
    }
    Storage storage = Storage.standard();
    Path directory = new Path(run);
    RunSettings settings = settings(storage, directory);
    requireScalable(directory, settings);
    requireUnderWay(storage, directory);
    requireSamples(storage, settings);
    ScaleRequest.leave(storage, directory, workers);
    System.out.printf(
        "%s: asked for %d %s; the driver takes the request (%s) between two rounds, or when the run"
            + " is resumed, and prints a line%n",
        directory, workers, workers == 1 ? "worker" : "workers", ScaleRequest.FILE);
    return 0;
  }

  private static RunSettings settings(Storage storage, Path directory) throws IOException {
    Path file = new Path(directory, TrainingRun.SETTINGS_FILE);
    if (!storage.exists(file)) {
      throw new FileNotFoundException(
          directory
              + ": is no run (it has no "
              + TrainingRun.SETTINGS_FILE
              + "); give the directory that run: names in the settings");
    }
    return RunSettings.readWritten(file.toString(), storage.readText(file), List.of());
  }

  private static void requireScalable(Path directory, RunSettings settings) {
    if (settings.model().kind().isCounted()) {
      throw new IllegalArgumentException(
          directory
              + ": is of family "
              + settings.model().family()
              + ", which is counted in one pass and has no workers; start it on more executors");
    }
    if (settings.training().averaging().equals(TrainingSettings.DL4J)) {
      throw new IllegalArgumentException(
          directory
              + ": averages with dl4j, whose trainer has one number of workers; end the run and go"
              + " on with --resume and --set training.workers");
    }
  }

  private static void requireUnderWay(Storage storage, Path directory) throws IOException {
    boolean ended =
        new CheckpointStore(storage, directory)
            .manifests().stream().anyMatch(CheckpointManifest::isFinal);
    if (ended) {
      throw new IllegalArgumentException(
          directory + ": has ended; there is no round left for other workers");
    }
  }

  /** The driver refuses too few samples as well: the data need not be reachable from here. */
  private void requireSamples(Storage storage, RunSettings settings) throws IOException {
    for (DataSource source : settings.data().sources()) {
      if (!storage.exists(new Path(source.path()))) {
        return;
      }
    }
    int context = settings.model().context();
    long samples = Arrays.stream(Mixture.open(storage, settings.data()).samples(context)).sum();
    settings.training().requireSamples(samples, context, workers);
  }
}
