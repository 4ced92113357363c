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
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.kindling.checkpoint.CheckpointManifest;
import org.kindling.checkpoint.CheckpointStore;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Split;
import org.kindling.evaluation.LossSum;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.evaluation.Baselines;
import org.kindling.spark.evaluation.CheckpointScores;
import org.kindling.spark.progress.Readable;
import org.kindling.spark.progress.StatusLine;
import org.kindling.spark.progress.TaskProgress;
import org.kindling.storage.Storage;
import org.kindling.storage.WriteFailedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code kindling evaluate}: exact held-out loss of every checkpoint, and of count models. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Measures the held-out loss of every checkpoint of every run.")
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
      description = "Where evaluations.csv and evaluations.parquet go; older ones are replaced.")
  private String output;

  @Override
  public Integer call() throws IOException {
    try (SparkSession session = Cluster.open("evaluate");
        StatusLine line = StatusLine.standard();
        TaskProgress progress = TaskProgress.of(session.sparkContext(), line)) {
      evaluate(session, runs, data, output);
    }
    return 0;
  }

  static void evaluate(SparkSession session, String runs, String data, String output)
      throws IOException {
    Storage storage = Cluster.storage(session);
    Path target = new Path(output);
    storage.requireOurs(target, CSV);
    Dataset dataset = Dataset.open(storage, new Path(data));
    List<CheckpointStore.Found> checkpoints = find(storage, new Path(runs));
    requireSameTokenizer(dataset, data, checkpoints);
    List<EvaluationRow> rows = measure(session, storage, dataset, data, checkpoints);
    StringBuilder csv = new StringBuilder();
    EvaluationsCsv.write(csv, rows);
    storage.makeDirectory(target);
    writeParquet(session, storage, rows, new Path(target, PARQUET));
    storage.writeText(new Path(target, CSV), csv.toString());
    print(rows);
    System.out.println("written: " + new Path(target, CSV));
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

  private static List<EvaluationRow> measure(
      SparkSession session,
      Storage storage,
      Dataset dataset,
      String data,
      List<CheckpointStore.Found> checkpoints)
      throws IOException {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
    Broadcast<SerializableConfiguration> hadoop =
        spark.broadcast(new SerializableConfiguration(storage.configuration()));
    String validation = Split.VALIDATION.label();
    long bytes = dataset.split(validation).textBytes();
    Baselines.Scores base = new Baselines(spark, data, hadoop).measure(dataset);
    List<LossSum> sums =
        new CheckpointScores(spark, data, hadoop)
            .measure(storage, checkpoints, dataset.shardTokens(validation));
    List<EvaluationRow> rows = new ArrayList<>();
    if (!hasFamily(checkpoints, EvaluationRow.UNIGRAM)) {
      rows.add(
          baseline(
              EvaluationRow.UNIGRAM,
              base,
              base.model().unigramParameters(),
              base.unigram(),
              bytes));
    }
    if (!hasFamily(checkpoints, EvaluationRow.BIGRAM)) {
      rows.add(
          baseline(
              EvaluationRow.BIGRAM, base, base.model().bigramParameters(), base.bigram(), bytes));
    }
    for (int i = 0; i < checkpoints.size(); i++) {
      rows.add(row(checkpoints.get(i).manifest(), sums.get(i), bytes));
    }
    hadoop.destroy();
    return rows;
  }

  /** A count model that was trained as a run is its own baseline. */
  private static boolean hasFamily(List<CheckpointStore.Found> checkpoints, String family) {
    return checkpoints.stream().anyMatch(c -> c.manifest().family().equals(family));
  }

  /** A count model costs one addition per token. */
  private static EvaluationRow baseline(
      String family, Baselines.Scores base, long parameters, LossSum sum, long bytes) {
    double tokens = base.model().tokens();
    return new EvaluationRow(
        family,
        family,
        -1,
        parameters,
        Double.NaN,
        tokens,
        tokens,
        sum.mean(),
        sum.bitsPerByte(bytes),
        true);
  }

  private static EvaluationRow row(CheckpointManifest manifest, LossSum sum, long bytes) {
    return new EvaluationRow(
        manifest.run(),
        manifest.family(),
        manifest.step(),
        manifest.parameters(),
        manifest.embeddingParameters(),
        manifest.tokens(),
        manifest.flops(),
        sum.mean(),
        sum.bitsPerByte(bytes),
        manifest.isFinal());
  }

  private static void writeParquet(
      SparkSession session, Storage storage, List<EvaluationRow> rows, Path target)
      throws IOException {
    Path prepared = storage.temporarySibling(target);
    try {
      table(session, rows).coalesce(1).write().parquet(prepared.toString());
      storage.publishReplacing(prepared, target);
    } catch (Exception e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      throw new WriteFailedException(target.toString(), "(" + root.getMessage() + ")", e);
    } finally {
      storage.delete(prepared);
    }
  }

  private static org.apache.spark.sql.Dataset<Row> table(
      SparkSession session, List<EvaluationRow> rows) {
    StructType schema =
        new StructType()
            .add("run", "string", false)
            .add("family", "string", false)
            .add("step", "long", false)
            .add("parameters", "double", false)
            .add("embeddingParameters", "double", false)
            .add("tokens", "double", false)
            .add("flops", "double", false)
            .add("loss", "double", false)
            .add("bitsPerByte", "double", false)
            .add("final", "boolean", false);
    List<Row> records = new ArrayList<>();
    for (EvaluationRow row : rows) {
      records.add(
          RowFactory.create(
              row.run(),
              row.family(),
              row.step(),
              row.parameters(),
              row.embeddingParameters(),
              row.tokens(),
              row.flops(),
              row.loss(),
              row.bitsPerByte(),
              row.isFinal()));
    }
    return session.createDataFrame(records, schema);
  }

  private static void print(List<EvaluationRow> rows) {
    System.out.printf(
        "%-28s %10s %10s %9s %8s %10s%n",
        "run", "parameters", "tokens", "FLOPs", "loss", "bits/byte");
    rows.stream()
        .filter(EvaluationRow::isFinal)
        .sorted(Comparator.comparingDouble(EvaluationRow::loss).reversed())
        .forEach(
            row ->
                System.out.printf(
                    Locale.ROOT,
                    "%-28s %10s %10s %9s %8.4f %10.4f%n",
                    row.run(),
                    Readable.count(row.parameters()),
                    Readable.count(row.tokens()),
                    row.isBaseline() ? "" : String.format(Locale.ROOT, "%.2g", row.flops()),
                    row.loss(),
                    row.bitsPerByte()));
  }
}
