package org.kindling.spark.jobs;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.Dataset;
import org.kindling.model.LanguageModels;
import org.kindling.settings.RunSettings;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.cluster.DeadDriver;
import org.kindling.spark.counting.SparkCounter;
import org.kindling.spark.inspection.Inspection;
import org.kindling.spark.progress.Readable;
import org.kindling.storage.Storage;
import org.kindling.training.CountedRun;
import org.kindling.training.LocalRounds;
import org.kindling.training.Progress;
import org.kindling.training.RunDescription;
import org.kindling.training.TrainingSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kindling pretrain}: one training run. */
@Command(
    name = "pretrain",
    mixinStandardHelpOptions = true,
    description =
        "Trains a model in rounds of local steps and parameter averaging, or counts it in one pass.")
final class PretrainJob implements Callable<Integer> {
  /** Who carries out the rounds. */
  enum Engine {
    SPARK,
    LOCAL,
    DL4J
  }

  @Mixin private ConfigFile config;

  @Option(names = "--resume", description = "Go on from the run's newest valid checkpoint.")
  private boolean resume;

  @Option(
      names = "--verify-data",
      description =
          "First read all datasets through and compare them with their checksums. Without it sizes"
              + " are checked.")
  private boolean verifyData;

  @Option(
      names = "--averaging",
      paramLabel = "ENGINE",
      description =
          "spark: workers are Spark tasks. local: the same rounds in this process, bit for bit,"
              + " without Spark. dl4j: rounds of DL4J's ParameterAveragingTrainingMaster on Spark,"
              + " the same as --set training.averaging=dl4j (default: as the settings say, kindling"
              + " being spark).")
  private Engine engine;

  @Override
  public Integer call() throws IOException {
    if (engine == Engine.LOCAL) {
      Storage storage = Storage.standard();
      Pretraining run = prepare(storage);
      if (verifyData) {
        for (Dataset dataset : run.data().datasets()) {
          dataset.verify();
        }
      }
      if (run.isCounted()) {
        return report(run, run.count(CountedRun.here(storage), resume));
      }
      LocalRounds rounds = new LocalRounds(run.description(), storage);
      rounds.arithmetic().ifPresent(found -> run.say(found, System.out::println));
      return report(run, run.run(rounds, resume, lines(run)));
    }
    // Checked before Spark starts: a wrong key should not cost five seconds.
    boolean isCounted = readSettings(Storage.standard()).model().kind().isCounted();
    try (SparkSession session =
        isCounted ? Cluster.open("pretrain") : Cluster.openForRounds("pretrain")) {
      Storage storage = Cluster.storage(session);
      Pretraining run = prepare(storage);
      JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
      if (resume) {
        DeadDriver.end(spark, storage, run.identity().directory());
      }
      if (!run.isCounted()) {
        run.requireMemory(spark.getConf());
        run.requireArithmetic(spark, System.out::println);
        run.requireFreeCores(spark);
      }
      if (verifyData) {
        int shards = new Inspection(spark).verify(run.data().datasets());
        System.out.println("verified: " + shards + " shards are as they were written");
      }
      if (run.isCounted()) {
        return report(run, run.count(new SparkCounter(spark, run.identity().name()), resume));
      }
      return report(run, run.run(run.engine(spark), resume, lines(run)));
    }
  }

  private RunSettings readSettings(Storage storage) throws IOException {
    List<String> option =
        engine == Engine.DL4J ? List.of("training.averaging=" + TrainingSettings.DL4J) : List.of();
    RunSettings settings = config.readRun(storage, option);
    if (engine == Engine.LOCAL && settings.training().averaging().equals(TrainingSettings.DL4J)) {
      throw new IllegalArgumentException(
          "--averaging local: the settings say training.averaging: dl4j, which is on Spark; leave"
              + " one of the two out");
    }
    return settings;
  }

  private Pretraining prepare(Storage storage) throws IOException {
    RunSettings settings = readSettings(storage);
    Pretraining run = Pretraining.prepare(settings, storage);
    if (resume) {
      run.requireContinuation();
    } else {
      run.requireNew();
    }
    RunDescription d = run.description();
    if (run.isCounted()) {
      System.out.printf(
          Locale.ROOT,
          "%s: %s, vocabulary %d, one pass over the train split%n",
          run.identity().directory(),
          d.model().family(),
          d.vocabulary());
      return run;
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %s, %s parameters, vocabulary %d, context %d; %s workers, %d local steps a round%n",
        run.identity().directory(),
        d.model().family(),
        Readable.count(LanguageModels.layout(d.model(), d.vocabulary()).parameters()),
        d.vocabulary(),
        d.model().context(),
        d.training().workersInWords(),
        d.training().localSteps());
    return run;
  }

  private static ProgressLines lines(Pretraining run) {
    return new ProgressLines(run.description().training(), System.out);
  }

  private static Integer report(Pretraining run, Progress end) {
    System.out.printf(
        Locale.ROOT,
        "done: %s tokens in %d steps and %d rounds; %s/checkpoints/step-%09d%n",
        Readable.count(end.tokens()),
        end.step(),
        end.round(),
        run.identity().directory(),
        end.step());
    if (!run.isCounted()) {
      System.out.println("data: " + run.epochs(end));
    }
    return 0;
  }
}
