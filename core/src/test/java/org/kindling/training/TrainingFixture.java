package org.kindling.training;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.hadoop.fs.Path;
import org.kindling.checkpoint.CheckpointSettings;
import org.kindling.corpus.DataSettings;
import org.kindling.corpus.DataSource;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.SmallDataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.EvaluationSettings;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.optimizer.OptimizerSettings;
import org.kindling.optimizer.OuterSettings;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizer;
import org.kindling.tokenizer.Tokenizers;

/** A small text, and a model small enough to train on it within a test. */
public final class TrainingFixture {
  public static final OuterSettings PLAIN = new OuterSettings(1, 0);
  public static final CheckpointSettings CHECKPOINTS = new CheckpointSettings(2, 10, 0);

  private final Storage storage = Storage.standard();
  private final Path directory;
  private final Tokenizer tokenizer;
  private final Dataset dataset;
  private final Dataset numbers;

  public TrainingFixture(java.nio.file.Path directory) throws IOException {
    this.directory = new Path(directory.toUri());
    this.tokenizer = Tokenizers.named("byte").orElseThrow();
    this.dataset = write("data", text());
    this.numbers = write("numbers", "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 ".repeat(100));
  }

  private Dataset write(String name, String content) throws IOException {
    int[] text = tokenizer.encode(content);
    int cut = text.length * 9 / 10;
    return SmallDataset.write(
        storage,
        new Path(directory, name),
        tokenizer,
        Map.of(
            Split.TRAIN, List.of(Arrays.copyOf(text, cut)),
            Split.VALIDATION, List.of(Arrays.copyOfRange(text, cut, text.length))));
  }

  /** Words of a small vocabulary: predictable, but not from one character alone. */
  private static String text() {
    String[] words = {"spark", "kindles", "a", "fire", "under", "the", "dry", "wood", "\n"};
    SplittableRandom random = new SplittableRandom(5);
    StringBuilder text = new StringBuilder();
    while (text.length() < 12_000) {
      text.append(words[random.nextInt(words.length)]).append(' ');
    }
    return text.toString();
  }

  public Storage storage() {
    return storage;
  }

  public Dataset dataset() {
    return dataset;
  }

  public Path run(String name) {
    return new Path(directory, name);
  }

  public TrainingSettings training(int workers, int batch, int localSteps, long steps) {
    return new TrainingSettings(workers, batch, 1, localSteps, steps, 3, "fp32", "vector");
  }

  public RunDescription describe(TrainingSettings training, OuterSettings outer) {
    return new RunDescription(
        DataSource.only(dataset.directory().toString()),
        tokenizer.vocabulary(),
        new ModelSettings("transformer", 2, 2, 24, 20, true),
        training,
        new OptimizerSettings(3e-3, 3e-4, "cosine", 4, 0.2, 0.9, 0.99, 1e-8, 0.1, 1.0),
        outer,
        new EvaluationSettings(2, 500));
  }

  /**
   * Trains to the end.
   *
   * @param resume from the newest checkpoint instead of from the start
   */
  public Recorder train(RoundEngine engine, RunDescription run, String name, boolean resume)
      throws IOException {
    Recorder recorder = new Recorder();
    TrainingRun training =
        new TrainingRun(run, identity(name), CHECKPOINTS, storage, engine, recorder);
    if (resume) {
      training.resume();
    } else {
      training.start();
    }
    return recorder;
  }

  /** The same run on three parts of words and one of numbers. */
  public RunDescription mixed(RunDescription run) {
    return new RunDescription(
        List.of(
            new DataSource(dataset.directory().toString(), 3.0),
            new DataSource(numbers.directory().toString(), 1.0)),
        run.vocabulary(),
        run.model(),
        run.training(),
        run.optimizer(),
        run.outer(),
        run.evaluation());
  }

  /** The same run with documents kept apart, on a text of many. */
  public RunDescription separate(RunDescription run) throws IOException {
    Path path = new Path(directory, "documents");
    if (!storage.exists(path)) {
      writeDocuments(path);
    }
    return new RunDescription(
        new DataSettings(DocumentMode.SEPARATE, DataSource.only(path.toString())),
        run.vocabulary(),
        run.model(),
        run.training(),
        run.optimizer(),
        run.outer(),
        run.evaluation());
  }

  /** Pieces of the text, each a document: from 2 tokens to several samples. */
  private void writeDocuments(Path path) throws IOException {
    List<int[]> lines = new ArrayList<>();
    for (String line : text().split("\n|fire|dry")) {
      if (line.length() > 1) {
        lines.add(tokenizer.encode(line));
      }
    }
    int cut = lines.size() * 9 / 10;
    SmallDataset.write(
        storage,
        path,
        tokenizer,
        Map.of(
            Split.TRAIN, lines.subList(0, cut),
            Split.VALIDATION, lines.subList(cut, lines.size())));
  }

  /** The same run of a small model of another family. */
  public RunDescription of(Family family, RunDescription run) {
    boolean recurrent = family.has(Family.Key.LAYERS);
    ModelSettings model =
        new ModelSettings(
            family,
            recurrent ? 1 : 0,
            family.has(Family.Key.WIDTH) ? 12 : 0,
            20,
            family.has(Family.Key.ORDER) ? 4 : 0,
            family.has(Family.Key.WINDOW) ? 4 : 0,
            family.has(Family.Key.HIDDEN) ? 16 : 0,
            family.has(Family.Key.TRUNCATION) ? 8 : 0);
    return with(model, run.optimizer(), run);
  }

  /** The same run with another model and optimizer. */
  public static RunDescription with(
      ModelSettings model, OptimizerSettings optimizer, RunDescription run) {
    return new RunDescription(
        run.data(),
        run.vocabulary(),
        model,
        run.training(),
        optimizer,
        run.outer(),
        run.evaluation());
  }

  public RunIdentity identity(String name) {
    return new RunIdentity(
        run(name),
        "run: " + name + "\n",
        "settings",
        dataset.hash(),
        tokenizer.hash(),
        tokenizer.toJson(),
        "{}",
        tokenizer.endOfText());
  }

  /** A listener that keeps what it is told. */
  public static class Recorder implements RunListener {
    public final List<RoundMetrics> rounds = new java.util.ArrayList<>();
    public final List<String> messages = new java.util.ArrayList<>();

    @Override
    public void started(Progress from) {}

    @Override
    public void roundFinished(Progress progress, RoundMetrics metrics) {
      rounds.add(metrics);
    }

    @Override
    public void message(String text) {
      messages.add(text);
    }
  }

  /** Runs to the end in this process and returns what was recorded. */
  public Recorder runLocally(RunDescription description, String name, boolean resume)
      throws IOException {
    Recorder recorder = new Recorder();
    try (LocalRounds engine = new LocalRounds(description, storage)) {
      TrainingRun run =
          new TrainingRun(description, identity(name), CHECKPOINTS, storage, engine, recorder);
      if (resume) {
        run.resume();
      } else {
        run.start();
      }
    }
    return recorder;
  }

  /** Bytes of the model of a run's checkpoint. */
  public byte[] model(String name, long step) throws IOException {
    return storage.read(
        new Path(run(name), String.format("checkpoints/step-%09d/model.safetensors", step)));
  }
}
