package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.kindling.corpus.Dataset;
import org.kindling.corpus.Split;
import org.kindling.spark.cluster.Cluster;
import org.kindling.spark.inspection.Findings;
import org.kindling.spark.inspection.Inspection;
import org.kindling.spark.inspection.InspectionReport;
import org.kindling.spark.inspection.InspectionText;
import org.kindling.spark.inspection.ReportBuilder;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling inspect}: what is in a dataset, and whether it is as it was written. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    description =
        "Shows what is in a dataset and compares every shard with its checksum; exits with 1 if"
            + " one differs.")
final class InspectJob implements Callable<Integer> {
  private static final int MOST_SAMPLES = 1000;

  /** How the report is printed. */
  enum Format {
    TEXT,
    JSON
  }

  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Dataset that kindling tokenize wrote.")
  private String data;

  @Option(
      names = "--split",
      paramLabel = "train|validation",
      description = "Look at this split only (default: all).")
  private Split split;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "3",
      description = "Documents to show, drawn at random (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of that draw (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--format",
      paramLabel = "text|json",
      defaultValue = "TEXT",
      description = "text for people, or one JSON object (default: text).")
  private Format format;

  @Override
  public Integer call() throws IOException {
    if (samples < 0 || samples > MOST_SAMPLES) {
      throw new IllegalArgumentException(
          "--samples: expected 0 to " + MOST_SAMPLES + ", found " + samples);
    }
    try (SparkSession session = Cluster.open("inspect")) {
      Storage storage = Cluster.storage(session);
      Dataset dataset = Dataset.open(storage, new Path(data));
      List<String> splits = splits(dataset);
      Findings findings =
          new Inspection(JavaSparkContext.fromSparkContext(session.sparkContext()))
              .scan(dataset, splits);
      InspectionReport report =
          new ReportBuilder(storage, dataset, splits, findings).build(samples, seed);
      print(report);
      return report.shards().damaged().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
    }
  }

  private List<String> splits(Dataset dataset) {
    if (split == null) {
      return List.copyOf(dataset.manifest().splits().keySet());
    }
    dataset.split(split.label());
    return List.of(split.label());
  }

  private void print(InspectionReport report) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (format == Format.JSON) {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report));
      out.flush();
    } else {
      new InspectionText(report, out).print();
    }
  }
}
