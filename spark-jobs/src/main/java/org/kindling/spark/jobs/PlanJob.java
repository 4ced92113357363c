package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.scaling.FitJson;
import org.kindling.scaling.Plan;
import org.kindling.scaling.PlanTable;
import org.kindling.scaling.ScalingFit;
import org.kindling.storage.Storage;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling plan}: what to train with a budget. Needs no Spark session. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    description = {
      "Predicts the best size, tokens and loss for compute budgets, with 95%% intervals, and the"
          + " price of other sizes.",
      "Reads the law from fit.json, or fits it to a CSV; the options of fit apply only then."
    })
public final class PlanJob implements Callable<Integer> {
  /** Where the law comes from. */
  static final class Source {
    @Option(
        names = "--fit",
        required = true,
        paramLabel = "FILE",
        description = "A fit.json, or the directory that holds it.")
    private String fit;

    @Option(
        names = "--points",
        required = true,
        paramLabel = "CSV",
        description = "Evaluations to fit, or a directory that holds evaluations.csv.")
    private String points;
  }

  @Spec private CommandSpec spec;

  @ArgGroup(multiplicity = "1")
  private Source source;

  @Option(
      names = "--flops",
      required = true,
      split = ",",
      paramLabel = "FLOPS",
      description = "Compute budgets; may be given several times.")
  private List<Double> budgets;

  @Option(
      names = "--sizes",
      split = ",",
      paramLabel = "K",
      description =
          "Sizes, as multiples of the best, whose price is told (default: 1/8 to 4 times).")
  private List<Double> sizes = Plan.FACTORS;

  @Option(names = "--json", description = "Print JSON instead of tables.")
  private boolean json;

  @Mixin private FitOptions options;

  @Override
  public Integer call() throws IOException {
    Plan plan = Plan.of(fit(Storage.standard()), budgets, sizes);
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? FitJson.write(plan) : PlanTable.of(plan));
    out.flush();
    return 0;
  }

  private ScalingFit fit(Storage storage) throws IOException {
    if (source.fit == null) {
      return ScalingFit.of(EvaluationFiles.readRows(storage, source.points), options.settings());
    }
    Path path = new Path(source.fit);
    Path file = storage.isDirectory(path) ? new Path(path, EvaluationFiles.FIT) : path;
    return FitJson.read(storage.readText(file), file.toString());
  }
}
