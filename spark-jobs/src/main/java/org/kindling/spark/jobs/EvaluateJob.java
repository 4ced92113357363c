package org.kindling.spark.jobs;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.checkpoint.ModelConfig;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.DocumentMode;
import org.kindling.corpus.Split;
import org.kindling.evaluation.ValidationLoss;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.scaling.TransformerShape;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.evaluation.EvaluationScores;
import org.kindling.spark.evaluation.EvaluationsParquet;
import org.kindling.spark.evaluation.ScoreCache;
import org.kindling.spark.evaluation.ScoreCache.Score;
import org.kindling.spark.evaluation.Subject;
import org.kindling.spark.progress.Readable;
import org.kindling.spark.progress.StatusLine;
import org.kindling.spark.progress.TaskProgress;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code kindling evaluate}: exact validation loss of every checkpoint, and of count models. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Measures the validation loss of every checkpoint of every run.")
final class EvaluateJob implements Callable<Integer> {
  static final String CSV = "evaluations.csv";
  private static final String PARQUET = "evaluations.parquet";

  @Option(
      names = "--runs",
      required = true,
      paramLabel = "DIR",
      description = "A run, or a directory of runs.")
  private String runs;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Dataset whose validation split to measure on.")
  private String data;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description =
          "Where evaluations.csv and evaluations.parquet go; older ones are replaced. What was"
              + " measured before is in scores.jsonl there, and not measured again.")
  private String output;

  @Option(
      names = "--documents",
      paramLabel = "MODE",
      description =
          "join: predictions see what comes before them in their window, of whatever document."
              + " separate: those within documents alone are measured, and see no other document"
              + " (default: as each run trained, data.documents of its settings).")
  private String documents;

  @Mixin private KernelsOption kernels;

  @Override
  public Integer call() throws IOException {
    DocumentMode mode = documents == null ? null : DocumentMode.named("--documents", documents);
    try (SparkSession session = Cluster.open("evaluate");
        StatusLine line = StatusLine.standard();
        TaskProgress progress = TaskProgress.of(session.sparkContext(), line)) {
      evaluate(session, mode);
    }
    return 0;
  }

  private void evaluate(SparkSession session, DocumentMode mode) throws IOException {
    Storage storage = Cluster.storage(session);
    Path target = new Path(output);
    storage.requireOurs(target, CSV);
    Dataset dataset = Dataset.open(storage, new Path(data));
    List<CheckpointStore.Found> checkpoints = find(storage, new Path(runs));
    requireSameTokenizer(dataset, data, checkpoints);
    requireVocabulary(storage, dataset, checkpoints);
    storage.makeDirectory(target);
    ScoreCache cache = ScoreCache.open(storage, target);
    EvaluationScores scores =
        new EvaluationScores(
            JavaSparkContext.fromSparkContext(session.sparkContext()),
            storage,
            dataset,
            data,
            cache);
    List<Subject> subjects = subjects(storage, checkpoints, mode);
    List<EvaluationRow> rows = rows(storage, dataset, checkpoints, scores.of(subjects));
    if (scores.measured() > 0) {
      cache.save();
    }
    print(rows);
    warnOfBothModes(subjects);
    System.out.println(
        scores.measured() == 0
            ? "nothing to score: every model was scored on this data before"
            : "scored: " + scores.measured() + " models, the others were scored before");
    write(session, storage, target, rows);
  }

  private static void warnOfBothModes(List<Subject> subjects) {
    long modes = subjects.stream().map(Subject::documents).distinct().count();
    if (modes > 1) {
      System.out.println(
          "warning: some runs joined documents and some kept them apart, so their losses are means"
              + " over different predictions; --documents join or separate measures all alike");
    }
  }

  /**
   * @param mode null for each as its run trained
   */
  private List<Subject> subjects(
      Storage storage, List<CheckpointStore.Found> checkpoints, DocumentMode mode)
      throws IOException {
    List<Subject> subjects = new ArrayList<>();
    for (CheckpointStore.Found found : checkpoints) {
      subjects.add(new Subject(found, mode, kernels.wantedFor(storage, found.directory())));
    }
    return subjects;
  }

  /** Leaves alone what is as it would be written. */
  private static void write(
      SparkSession session, Storage storage, Path target, List<EvaluationRow> rows)
      throws IOException {
    Path csv = new Path(target, CSV);
    Path parquet = new Path(target, PARQUET);
    StringBuilder text = new StringBuilder();
    EvaluationsCsv.write(text, rows);
    if (storage.exists(csv)
        && storage.exists(parquet)
        && storage.readText(csv).contentEquals(text)) {
      System.out.println("unchanged: " + csv);
      return;
    }
    EvaluationsParquet.write(session, storage, rows, parquet);
    storage.writeText(csv, text.toString());
    System.out.println("written: " + csv);
  }

  private static List<CheckpointStore.Found> find(Storage storage, Path runs) throws IOException {
    if (!storage.isDirectory(runs)) {
      throw new FileNotFoundException(runs + ": no such directory of runs");
    }
    List<CheckpointStore.Found> found = new ArrayList<>(new CheckpointStore(storage, runs).list());
    if (found.isEmpty()) {
      for (Path child : storage.list(runs)) {
        found.addAll(new CheckpointStore(storage, child).list());
      }
    }
    if (found.isEmpty()) {
      throw new FileNotFoundException(
          runs + ": no checkpoints in it or in its subdirectories; train first: kindling pretrain");
    }
    return found;
  }

  private static void requireSameTokenizer(
      Dataset dataset, String data, List<CheckpointStore.Found> checkpoints) {
    String expected = dataset.manifest().tokenizer().hash();
    for (CheckpointStore.Found checkpoint : checkpoints) {
      if (!checkpoint.manifest().tokenizerHash().equals(expected)) {
        throw new IllegalArgumentException(
            checkpoint.directory()
                + ": trained with another tokenizer than that of "
                + data
                + "; losses per token would not compare, use the dataset it was trained on");
      }
    }
  }

  private static void requireVocabulary(
      Storage storage, Dataset dataset, List<CheckpointStore.Found> checkpoints)
      throws IOException {
    int tokens = dataset.manifest().tokenizer().vocabulary();
    for (CheckpointStore.Found checkpoint : checkpoints) {
      Path directory = checkpoint.directory();
      ModelConfig.read(storage, directory).requireVocabulary(directory.toString(), tokens);
    }
  }

  private static List<EvaluationRow> rows(
      Storage storage, Dataset dataset, List<CheckpointStore.Found> checkpoints, List<Score> scores)
      throws IOException {
    long bytes = dataset.split(Split.VALIDATION.label()).textBytes();
    List<EvaluationRow> rows = new ArrayList<>();
    if (!hasFamily(checkpoints, EvaluationRow.UNIGRAM)) {
      rows.add(baseline(EvaluationRow.UNIGRAM, scores.get(0), bytes));
    }
    if (!hasFamily(checkpoints, EvaluationRow.BIGRAM)) {
      rows.add(baseline(EvaluationRow.BIGRAM, scores.get(1), bytes));
    }
    for (int i = 0; i < checkpoints.size(); i++) {
      CheckpointStore.Found found = checkpoints.get(i);
      rows.add(
          row(found.manifest(), scores.get(2 + i).loss(), bytes)
              .with(shape(ModelConfig.read(storage, found.directory()))));
    }
    return rows;
  }

  /** A count model that was trained as a run is its own baseline. */
  private static boolean hasFamily(List<CheckpointStore.Found> checkpoints, String family) {
    return checkpoints.stream().anyMatch(c -> c.manifest().family().equals(family));
  }

  /** A count model costs one addition per token. */
  private static EvaluationRow baseline(String family, Score score, long bytes) {
    return new EvaluationRow(
        family,
        family,
        -1,
        score.parameters(),
        Double.NaN,
        score.trainTokens(),
        score.trainTokens(),
        score.loss().mean(),
        score.loss().bitsPerByte(bytes),
        score.loss().standardError(),
        true,
        null);
  }

  /** Null for families whose FLOPs are not a transformer's. */
  private static TransformerShape shape(ModelConfig config) {
    ModelSettings model = config.model();
    return model.kind() == Family.TRANSFORMER
        ? new TransformerShape(
            model.layers(), model.heads(), model.width(), model.context(), config.vocabulary())
        : null;
  }

  private static EvaluationRow row(CheckpointManifest manifest, ValidationLoss loss, long bytes) {
    return new EvaluationRow(
        manifest.run(),
        manifest.family(),
        manifest.step(),
        manifest.parameters(),
        manifest.embeddingParameters(),
        manifest.tokens(),
        manifest.flops(),
        loss.mean(),
        loss.bitsPerByte(bytes),
        loss.standardError(),
        manifest.isFinal(),
        null);
  }

  private static void print(List<EvaluationRow> rows) {
    System.out.printf(
        "%-28s %10s %10s %9s %8s %8s %10s%n",
        "run", "parameters", "tokens", "FLOPs", "loss", "+-", "bits/byte");
    rows.stream()
        .filter(EvaluationRow::isFinal)
        .sorted(Comparator.comparingDouble(EvaluationRow::loss).reversed())
        .forEach(
            row ->
                System.out.printf(
                    Locale.ROOT,
                    "%-28s %10s %10s %9s %8.4f %8.4f %10.4f%n",
                    row.run(),
                    Readable.count(row.parameters()),
                    Readable.count(row.tokens()),
                    row.isBaseline() ? "" : String.format(Locale.ROOT, "%.2g", row.flops()),
                    row.loss(),
                    row.standardError(),
                    row.bitsPerByte()));
  }
}
