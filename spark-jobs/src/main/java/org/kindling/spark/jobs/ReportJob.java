package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.report.Diagnostics;
import org.kindling.report.Report;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.FitJson;
import org.kindling.scaling.ScalingFit;
import org.kindling.scaling.UnfittableException;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling report}: the loss-vs-compute report. Needs no Spark session. */
@Command(
    name = "report",
    mixinStandardHelpOptions = true,
    description = {
      "Writes report.html, one page that loads nothing, and tables/*.csv.",
      "The law is read from fit.json beside the evaluations, or fitted if there is none; the"
          + " options of fit apply only then."
    })
public final class ReportJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--evaluations",
      required = true,
      paramLabel = "DIR",
      description = "Directory with evaluations.csv, or a CSV.")
  private String evaluations;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where report.html and tables/ go; may be the directory of the evaluations.")
  private String output;

  @Option(
      names = "--title",
      paramLabel = "T",
      description = "Heading of the report (default: ${DEFAULT-VALUE}).",
      defaultValue = "Loss against compute")
  private String title;

  @Option(
      names = "--fit",
      paramLabel = "FILE",
      description = "The fit.json to show (default: beside the evaluations).")
  private String fitFile;

  @Mixin private FitOptions options;

  @Override
  public Integer call() throws IOException {
    Storage storage = Storage.standard();
    Path directory = new Path(output);
    storage.requireOurs(directory, EvaluationFiles.OURS);
    List<EvaluationRow> rows = EvaluationFiles.readRows(storage, evaluations);
    for (Map.Entry<String, String> file : files(storage, rows).entrySet()) {
      storage.writeText(new Path(directory, file.getKey()), file.getValue());
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println("written to " + new Path(directory, Report.PAGE));
    out.flush();
    return 0;
  }

  private Map<String, String> files(Storage storage, List<EvaluationRow> rows) throws IOException {
    Path beside =
        new Path(EvaluationFiles.locate(storage, evaluations).getParent(), EvaluationFiles.FIT);
    Path given = fitFile == null ? beside : new Path(fitFile);
    Diagnostics diagnostics = diagnostics(storage, beside.getParent());
    if (fitFile != null || storage.exists(given)) {
      ScalingFit fit = FitJson.read(storage.readText(given), given.toString());
      return Report.fitted(title, rows, fit, diagnostics);
    }
    try {
      return Report.fitted(title, rows, ScalingFit.of(rows, options.settings()), diagnostics);
    } catch (UnfittableException e) {
      // Too few runs for a law are still worth a picture; the page says why it has no law.
      return Report.unfitted(title, rows, e.getMessage(), diagnostics);
    }
  }

  /** The tables of kindling diagnose that lie beside the evaluations. */
  private static Diagnostics diagnostics(Storage storage, Path directory) throws IOException {
    Map<String, String> tables = new TreeMap<>();
    for (String name : Diagnostics.COLUMNS.keySet()) {
      Path file = new Path(directory, name);
      if (storage.exists(file)) {
        tables.put(name, storage.readText(file));
      }
    }
    return Diagnostics.of(tables);
  }
}
