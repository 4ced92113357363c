package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.corpus.Dataset;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.EvaluationsCsv;
import org.kindling.spark.Kindling;
import org.kindling.spark.progress.Readable;
import org.kindling.storage.Storage;
import org.kindling.tokenizer.Tokenizers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code kindling demo}: every step from source text to a report, each the command a user would
 * type. Started again, it goes on where it stopped.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Runs the whole pipeline on the source code of Spark and Guava: text to scaling law.")
final class DemoJob implements Callable<Integer> {
  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "demo",
      description = "Receives everything that is made (default: ${DEFAULT-VALUE}).")
  private String output;

  @Option(
      names = "--jars",
      required = true,
      hidden = true,
      paramLabel = "DIR",
      description = "The corpus as -sources jars; ./kindling fetches them.")
  private String jars;

  private final Storage storage = Storage.standard();
  private final long start = System.nanoTime();

  @Override
  public Integer call() throws IOException {
    storage.requireOurs(new Path(output), "settings", "text");
    writeSettings("sweep.yaml");
    writeSettings("two-workers.yaml");
    step(null, "corpus", "unpack", "--jars", jars, "--output", in("text"));
    step(
        in("tokenizer/" + Tokenizers.FILE_NAME),
        "tokenizer",
        "--input",
        in("text"),
        "--vocabulary",
        "512",
        "--output",
        in("tokenizer"));
    step(
        Dataset.isDataset(storage, new Path(in("data"))) ? in("data") : null,
        "tokenize",
        "--input",
        in("text"),
        "--tokenizer",
        in("tokenizer"),
        "--validation-fraction",
        "0.01",
        "--resume",
        "--output",
        in("data"));
    step(null, "sweep", "--config", in("settings/sweep.yaml"));
    trainWithTwoWorkers();
    step(
        null,
        "evaluate",
        "--runs",
        in("runs"),
        "--data",
        in("data"),
        "--output",
        in("evaluations"));
    step(
        null,
        "fit",
        "--points",
        in("evaluations/" + EvaluateJob.CSV),
        "--output",
        in("evaluations"));
    step(null, "report", "--evaluations", in("evaluations"), "--output", in("report"));
    step(
        null,
        "sample",
        "--checkpoint",
        in("runs/" + bestRun()),
        "--prompt",
        "  /**\n   * Returns",
        "--tokens",
        "150");
    System.out.printf(
        "%nThe report is %s. All of it took %s.%n",
        in("report/report.html"), Readable.seconds((System.nanoTime() - start) / 1e9));
    return 0;
  }

  /** The run with the lowest validation loss. */
  private String bestRun() throws IOException {
    String csv = in("evaluations/" + EvaluateJob.CSV);
    return EvaluationsCsv.read(new StringReader(storage.readText(new Path(csv))), csv).stream()
        .filter(row -> !row.isBaseline())
        .min(Comparator.comparingDouble(EvaluationRow::loss))
        .orElseThrow()
        .run();
  }

  /** A run with two workers, whose parameters are averaged: the distributed case at small size. */
  private void trainWithTwoWorkers() throws IOException {
    List<String> arguments =
        new ArrayList<>(List.of("pretrain", "--config", in("settings/two-workers.yaml")));
    if (storage.exists(new Path(in("two-workers/settings.yaml")))) {
      arguments.add("--resume");
    }
    step(null, arguments.toArray(String[]::new));
  }

  private String in(String name) {
    return output + "/" + name;
  }

  private void writeSettings(String name) throws IOException {
    try (InputStream in = DemoJob.class.getResourceAsStream("/demo/" + name)) {
      String yaml = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      storage.writeText(new Path(in("settings/" + name)), yaml.replace("${output}", output));
    }
  }

  /**
   * @param done if it exists, the step is left out; null to run it in any case
   */
  private void step(String done, String... arguments) throws IOException {
    System.out.printf("%n$ ./kindling %s%n", shown(arguments));
    if (done != null && storage.exists(new Path(done))) {
      System.out.println("done before: " + done);
      return;
    }
    long began = System.nanoTime();
    int status = Kindling.run(arguments);
    if (status != 0) {
      throw new IOException("demo: stopped at 'kindling " + arguments[0] + "', see above");
    }
    System.out.printf("(%s)%n", Readable.seconds((System.nanoTime() - began) / 1e9));
  }

  private static String shown(String[] arguments) {
    return Arrays.stream(arguments)
        .map(a -> a.matches("[\\w./:=,-]+") ? a : "'" + a.replace("\n", "\\n") + "'")
        .reduce((a, b) -> a + " " + b)
        .orElse("");
  }
}
