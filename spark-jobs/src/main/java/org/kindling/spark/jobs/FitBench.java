package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.kindling.scaling.EvaluationRow;
import org.kindling.scaling.FitTiming;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kindling bench fit}: the search over starts and the resampling, on one thread. */
@Command(
    name = "fit",
    mixinStandardHelpOptions = true,
    description = "Times the fit of approach 3 on one thread: 4500 starts, then resamples.")
public final class FitBench implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--points",
      paramLabel = "CSV",
      description = "Evaluations to fit (default: 240 points around a published law).")
  private String points;

  @Option(
      names = "--resamples",
      paramLabel = "N",
      defaultValue = "4000",
      description = "Refits (default: ${DEFAULT-VALUE}).")
  private int resamples;

  @Option(
      names = "--warmups",
      paramLabel = "N",
      defaultValue = "5",
      description = "Untimed runs before (default: ${DEFAULT-VALUE}).")
  private int warmups;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "9",
      description = "Timed runs, of which the median counts (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Mixin private FitOptions options;

  @Override
  public Integer call() throws IOException {
    if (resamples < 1 || warmups < 0 || runs < 1) {
      throw new IllegalArgumentException(
          "--resamples, --warmups, --runs: expected at least 1, 0 and 1");
    }
    List<EvaluationRow> rows =
        points == null
            ? FitTiming.example(240, 1)
            : EvaluationFiles.readRows(Storage.standard(), points);
    FitTiming timing = FitTiming.of(rows, options.settings(), resamples, warmups, runs);
    PrintWriter out = spec.commandLine().getOut();
    out.println(new ObjectMapper().writeValueAsString(timing));
    out.flush();
    return 0;
  }
}
