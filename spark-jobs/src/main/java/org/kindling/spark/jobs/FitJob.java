package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.FitJson;
import org.kindling.scaling.FitSummary;
import org.kindling.scaling.ScalingFit;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling fit}: scaling laws from a CSV of evaluations. Needs no Spark session. */
@Command(
    name = "fit",
    mixinStandardHelpOptions = true,
    description = {
      "Fits scaling laws to evaluations and writes fit.json.",
      "The CSV needs the columns parameters, tokens and loss; run, family, step,"
          + " embeddingParameters, flops, bitsPerByte, final and the shape of the model are used"
          + " where they are."
    })
public final class FitJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--points",
      required = true,
      paramLabel = "CSV",
      description = "Evaluations, or a directory that holds evaluations.csv.")
  private String points;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "DIR",
      description = "Where fit.json goes; may be the directory of the evaluations.")
  private String output;

  @Mixin private FitOptions options;

  @Override
  public Integer call() throws IOException {
    Storage storage = Storage.standard();
    Path directory = new Path(output);
    storage.requireOurs(directory, EvaluationFiles.OURS);
    List<EvaluationRow> rows = EvaluationFiles.readRows(storage, points);
    ScalingFit fit = ScalingFit.of(rows, options.settings());
    Path file = new Path(directory, EvaluationFiles.FIT);
    storage.writeText(file, FitJson.write(fit));
    PrintWriter out = spec.commandLine().getOut();
    out.print(FitSummary.of(fit));
    out.println("written to " + file);
    out.flush();
    return 0;
  }
}
