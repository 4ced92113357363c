package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.Mixture;
import org.kindling.corpus.MixtureOrder;
import org.kindling.corpus.Split;
import org.kindling.settings.SweepSettings;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.cluster.Executors;
import org.kindling.spark.progress.Readable;
import org.kindling.spark.sweep.SweepPlan;
import org.kindling.spark.sweep.SweepProgress;
import org.kindling.storage.Storage;
import org.kindling.training.TrainingRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kindling sweep}: many runs at several compute budgets. */
@Command(
    name = "sweep",
    mixinStandardHelpOptions = true,
    description =
        "Trains models of several sizes at several compute budgets; run it again to go on after"
            + " an interruption.")
final class SweepJob implements Callable<Integer> {
  @Mixin private ConfigFile config;

  @Option(names = "--dry-run", description = "Print the runs that would be trained, and stop.")
  private boolean dryRun;

  @Override
  public Integer call() throws IOException {
    Storage local = Storage.standard();
    SweepSettings settings = read(local);
    if (dryRun) {
      print(plan(settings, local));
      return 0;
    }
    try (SparkSession session = Cluster.open("sweep")) {
      Storage storage = Cluster.storage(session);
      List<SweepPlan.PlannedRun> runs = plan(settings, storage);
      print(runs);
      Executors.prepare(JavaSparkContext.fromSparkContext(session.sparkContext()));
      train(JavaSparkContext.fromSparkContext(session.sparkContext()), storage, settings, runs);
    }
    System.out.println("written: " + settings.runs());
    return 0;
  }

  private SweepSettings read(Storage storage) throws IOException {
    return SweepSettings.read(
        config.file(), storage.readText(new Path(config.file())), config.overrides());
  }

  private static List<SweepPlan.PlannedRun> plan(SweepSettings settings, Storage storage)
      throws IOException {
    Mixture data = Mixture.open(storage, settings.data());
    requireOnlyRuns(storage, new Path(settings.runs()));
    List<SweepPlan.PlannedRun> runs =
        SweepPlan.of(settings, data.datasets().get(0).manifest().tokenizer().vocabulary());
    noteRepetitions(data, runs);
    return runs;
  }

  private static void noteRepetitions(Mixture data, List<SweepPlan.PlannedRun> runs) {
    MixtureOrder order = new MixtureOrder(data.data(), 0);
    for (int i = 0; i < order.sources(); i++) {
      long trainTokens = data.datasets().get(i).split(Split.TRAIN.label()).tokens();
      double share = order.share(i);
      long repeated = runs.stream().filter(run -> run.tokens() * share > trainTokens).count();
      if (repeated > 0) {
        System.out.printf(
            "note: %d runs train on more tokens than the %s of the train split of %s, so they"
                + " repeat some%n",
            repeated, Readable.count(trainTokens), data.data().get(i).path());
      }
    }
  }

  /** A directory of runs holds runs and nothing else. */
  private static void requireOnlyRuns(Storage storage, Path directory) throws IOException {
    for (Path child : storage.list(directory)) {
      if (!storage.exists(new Path(child, TrainingRun.SETTINGS_FILE))) {
        throw new IllegalArgumentException(
            directory
                + ": holds files that Kindling did not write (first: "
                + child.getName()
                + "); give runs: an empty or new directory");
      }
    }
  }

  private static void print(List<SweepPlan.PlannedRun> runs) {
    System.out.printf(
        "%-18s %9s %11s %9s %7s  %s%n",
        "run", "FLOPs", "parameters", "tokens", "steps", "layers x width");
    for (SweepPlan.PlannedRun run : runs) {
      System.out.printf(
          Locale.ROOT,
          "%-18s %9.2g %11d %9s %7d  %d x %d%n",
          run.name(),
          run.flops(),
          run.parameters(),
          Readable.count(run.tokens()),
          run.settings().training().steps(),
          run.settings().model().layers(),
          run.settings().model().width());
    }
  }

  /** The longest runs start first, so that none is left over at the end. */
  private static void train(
      JavaSparkContext spark,
      Storage storage,
      SweepSettings settings,
      List<SweepPlan.PlannedRun> runs)
      throws IOException {
    int parallel =
        settings.parallel() > 0
            ? settings.parallel()
            : Math.max(1, spark.defaultParallelism() / settings.training().workers());
    SweepProgress progress = new SweepProgress(runs, System.out);
    ExecutorService threads = java.util.concurrent.Executors.newFixedThreadPool(parallel);
    try {
      List<Future<?>> pending = new ArrayList<>();
      runs.stream()
          .sorted(Comparator.comparingDouble(SweepPlan.PlannedRun::flops).reversed())
          .forEach(
              run ->
                  pending.add(
                      threads.submit(
                          () -> {
                            trainOne(spark, storage, run, progress);
                            return null;
                          })));
      for (Future<?> run : pending) {
        run.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the sweep was interrupted; run it again to go on", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void trainOne(
      JavaSparkContext spark, Storage storage, SweepPlan.PlannedRun run, SweepProgress progress)
      throws IOException {
    Pretraining pretraining = Pretraining.prepare(run.settings(), storage);
    boolean begun = pretraining.exists();
    if (begun) {
      pretraining.requireContinuation();
      if (pretraining.isFinished()) {
        progress.finishedBefore(run);
        return;
      }
    } else {
      pretraining.requireNew();
    }
    pretraining.requireMemory(spark.getConf());
    spark.setLocalProperty("spark.scheduler.pool", run.name());
    pretraining.run(pretraining.engine(spark), begun, progress.listener(run));
  }
}
