package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.Mixture;
import org.kindling.corpus.MixtureOrder;
import org.kindling.corpus.Split;
import org.kindling.kernels.Arithmetic;
import org.kindling.settings.SweepSettings;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.cluster.DeadDriver;
import org.kindling.spark.cluster.Executors;
import org.kindling.spark.cluster.KernelRequest;
import org.kindling.spark.progress.LiveBlock;
import org.kindling.spark.progress.Readable;
import org.kindling.spark.sweep.PlannedRun;
import org.kindling.spark.sweep.Speed;
import org.kindling.spark.sweep.Sweep;
import org.kindling.spark.sweep.SweepPlan;
import org.kindling.storage.LeaseHeldException;
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

  @Option(
      names = "--dry-run",
      description =
          "Print the runs that would be trained, their FLOPs and how long they would take, and stop.")
  private boolean dryRun;

  @Option(
      names = "--flops-per-second",
      paramLabel = "F",
      description =
          "With --dry-run: speed of one worker. Without it a few steps are timed on this machine.")
  private Double flopsPerSecond;

  @Override
  public Integer call() throws IOException {
    Storage local = Storage.standard();
    SweepSettings settings = read(local);
    if (dryRun) {
      estimate(settings, plan(settings, local));
      return 0;
    }
    try (SparkSession session = Cluster.openForRounds("sweep")) {
      Storage storage = Cluster.storage(session);
      List<PlannedRun> runs = plan(settings, storage);
      new SweepEstimate(System.out).print(runs);
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      endDeadDrivers(spark, storage, runs);
      SweepTrainer trainer = new SweepTrainer(spark, storage, requireArithmetic(spark, runs));
      int status = train(spark, trainer, settings, runs);
      System.out.println("written: " + settings.runs());
      return status;
    }
  }

  private static void endDeadDrivers(JavaSparkContext spark, Storage storage, List<PlannedRun> runs)
      throws IOException {
    for (PlannedRun run : runs) {
      try {
        DeadDriver.end(spark, storage, new Path(run.settings().run()));
      } catch (LeaseHeldException e) {
        // Whoever trains it lives; when its turn comes, the run says so.
      }
    }
  }

  /** Looks at the executors once for every kind of kernels that runs ask for. */
  private static Map<KernelRequest, Arithmetic> requireArithmetic(
      JavaSparkContext spark, List<PlannedRun> runs) throws IOException {
    Map<KernelRequest, Arithmetic> found = new HashMap<>();
    for (PlannedRun run : runs) {
      KernelRequest request = KernelRequest.ofTraining(run.settings().describe(run.vocabulary()));
      if (!found.containsKey(request)) {
        found.put(request, Executors.prepare(spark, request));
        System.out.println("arithmetic: " + found.get(request));
      }
    }
    return found;
  }

  private SweepSettings read(Storage storage) throws IOException {
    return SweepSettings.read(
        config.file(), storage.readText(new Path(config.file())), config.overrides());
  }

  private static List<PlannedRun> plan(SweepSettings settings, Storage storage) throws IOException {
    Mixture data = Mixture.open(storage, settings.data());
    requireOnlyRuns(storage, new Path(settings.runs()));
    List<PlannedRun> runs =
        SweepPlan.of(settings, data.datasets().get(0).manifest().tokenizer().vocabulary());
    noteRepetitions(data, runs);
    return runs;
  }

  private static void noteRepetitions(Mixture data, List<PlannedRun> runs) {
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
      // A run that was killed before its first file was whole left hidden ones alone.
      boolean begun = storage.list(child).isEmpty() && !storage.names(child).isEmpty();
      if (!begun && !storage.exists(new Path(child, TrainingRun.SETTINGS_FILE))) {
        throw new IllegalArgumentException(
            directory
                + ": holds files that Kindling did not write (first: "
                + child.getName()
                + "); give runs: an empty or new directory");
      }
    }
  }

  private static int workers(List<PlannedRun> runs) {
    return runs.stream().mapToInt(run -> run.settings().training().workers()).max().orElse(1);
  }

  /** Runs at the same time: as many as there are cores for their workers. */
  private static int slots(SweepSettings settings, List<PlannedRun> runs, int cores) {
    int parallel = settings.parallel() > 0 ? settings.parallel() : cores / workers(runs);
    return Math.max(1, Math.min(parallel, runs.size()));
  }

  private void estimate(SweepSettings settings, List<PlannedRun> runs) throws IOException {
    int cores = Runtime.getRuntime().availableProcessors();
    int slots = slots(settings, runs, cores);
    SweepEstimate estimate = new SweepEstimate(System.out);
    estimate.print(runs);
    if (flopsPerSecond == null) {
      estimate.printTime(runs, slots, estimate.calibrate(runs), "at that speed");
    } else if (flopsPerSecond > 0) {
      Speed speed = Speed.assumed(Map.of(1L, flopsPerSecond * workers(runs)));
      String source = String.format(Locale.ROOT, "at %.3g FLOP/s a worker", flopsPerSecond);
      estimate.printTime(runs, slots, speed, source);
    } else {
      throw new IllegalArgumentException(
          "--flops-per-second: expected a number above 0, found " + flopsPerSecond);
    }
  }

  private static int train(
      JavaSparkContext spark, SweepTrainer trainer, SweepSettings settings, List<PlannedRun> runs)
      throws IOException {
    int cores = spark.defaultParallelism() / spark.getConf().getInt("spark.task.cpus", 1);
    int slots = slots(settings, runs, cores);
    System.out.println(slots == 1 ? "one run at a time" : slots + " runs at a time");
    try (LiveBlock block = LiveBlock.on(System.out)) {
      Map<String, String> failures =
          new Sweep(runs, slots, trainer, Speed.unknown(), block).train();
      failures.forEach(
          (run, reason) -> System.err.println("kindling: " + run + " failed: " + reason));
      if (!failures.isEmpty()) {
        System.err.println(
            "kindling: "
                + failures.size()
                + " of "
                + runs.size()
                + " runs failed; the others are in "
                + settings.runs());
      }
      return failures.isEmpty() ? 0 : 1;
    }
  }
}
