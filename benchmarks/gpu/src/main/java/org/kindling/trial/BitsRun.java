package org.kindling.trial;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.kernels.Precision;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.training.LocalRounds;
import org.kindling.training.Progress;
import org.kindling.training.RoundMetrics;
import org.kindling.training.RunDescription;
import org.kindling.training.RunIdentity;
import org.kindling.training.RunListener;
import org.kindling.training.TrainingRun;
import org.kindling.training.TrainingSettings;

/** The process of one run of {@link Bits}: two workers that are averaged, with checkpoints. */
final class BitsRun {
  /** What is to become of it. */
  enum Kind {
    WHOLE,
    TO_BE_KILLED,
    RESUMED
  }

  private static final int WORKERS = 2;
  private static final int LOCAL_STEPS = 5;
  private static final int STEPS = 60;
  private static final int ROUNDS_OF_CHECKPOINT = 4;
  private static final String DATA = "data";
  private static final double VALIDATION = 0.1;

  /** Of a round, so that a fast device does not end before it is killed. */
  private static final int PAUSE_MILLISECONDS = 300;

  private BitsRun() {}

  /** Arguments: the work directory, precision, name of the run, its kind. */
  public static void main(String[] arguments) throws Exception {
    Setting setting = Setting.read(arguments[0]);
    Precision precision = Precision.named("precision", arguments[1]);
    Kind kind = Kind.valueOf(arguments[3]);
    Storage storage = Storage.standard();
    RunDescription run = describe(setting, precision);
    try (LocalRounds engine = new LocalRounds(run, storage)) {
      TrainingRun training =
          new TrainingRun(
              run,
              identity(hadoop(directory(setting, precision, arguments[2]))),
              new CheckpointSettings(ROUNDS_OF_CHECKPOINT, 100, 0),
              storage,
              engine,
              new Listener(kind));
      if (kind == Kind.RESUMED) {
        training.resume();
      } else {
        training.start();
      }
    }
    System.exit(0);
  }

  static void writeData(Setting setting) throws IOException {
    int[] tokens = TrialText.of(setting).tokens();
    int cut = (int) (tokens.length * (1 - VALIDATION));
    SmallDataset.write(
        Storage.standard(),
        hadoop(setting.inWork(DATA)),
        TrialText.tokenizer(),
        Map.of(
            Split.TRAIN, List.of(Arrays.copyOf(tokens, cut)),
            Split.VALIDATION, List.of(Arrays.copyOfRange(tokens, cut, tokens.length))));
  }

  /** Of the last checkpoint. */
  static Path model(Setting setting, Precision precision, String name) {
    return checkpoint(setting, precision, name, STEPS).resolve("model.safetensors");
  }

  static Path firstCheckpoint(Setting setting, Precision precision, String name) {
    return checkpoint(setting, precision, name, ROUNDS_OF_CHECKPOINT * LOCAL_STEPS);
  }

  private static Path checkpoint(Setting setting, Precision precision, String name, int step) {
    return directory(setting, precision, name)
        .resolve(String.format("checkpoints/step-%09d", step));
  }

  private static Path directory(Setting setting, Precision precision, String name) {
    return setting.inWork("runs").resolve(precision.label()).resolve(name);
  }

  private static org.apache.hadoop.fs.Path hadoop(Path path) {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  private static RunDescription describe(Setting setting, Precision precision) {
    Shape shape = setting.sizes().bits();
    TrainingSettings training =
        new TrainingSettings(
            WORKERS,
            shape.batch(),
            1,
            LOCAL_STEPS,
            STEPS,
            1,
            precision.label(),
            setting.wanted().name(),
            setting.device().label(),
            TrainingSettings.KINDLING,
            "none",
            "fp32",
            false,
            List.of(),
            0,
            0);
    return new RunDescription(
        DataSource.only(setting.inWork(DATA).toUri().toString()),
        shape.vocabulary(),
        shape.model(),
        training,
        OptimizerSettings.DEFAULTS,
        OuterSettings.DEFAULTS,
        new EvaluationSettings(ROUNDS_OF_CHECKPOINT, 2000));
  }

  private static RunIdentity identity(org.apache.hadoop.fs.Path directory) {
    Tokenizer tokenizer = TrialText.tokenizer();
    return new RunIdentity(
        directory,
        "run: " + directory.getName() + "\n",
        "settings of the trial",
        "data of the trial",
        tokenizer.hash(),
        tokenizer.toJson(),
        "{}",
        tokenizer.endOfText());
  }

  /** Prints what happens, and lets a run that is to be killed wait for it. */
  private record Listener(Kind kind) implements RunListener {
    @Override
    public void started(Progress from) {
      System.out.println("from step " + from.step());
      if ((kind == Kind.RESUMED) != (from.step() > 0)) {
        throw new IllegalStateException(kind + " begins at step " + from.step());
      }
    }

    @Override
    public void roundFinished(Progress progress, RoundMetrics metrics) {
      System.out.println("step " + progress.step() + ", loss " + metrics.loss());
      if (kind == Kind.TO_BE_KILLED) {
        try {
          Thread.sleep(PAUSE_MILLISECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public void message(String text) {
      System.out.println(text);
    }
  }
}
