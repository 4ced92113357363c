package org.kindling.spark.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.kindling.scale.Measurement;
import org.kindling.scale.RoundFit;
import org.kindling.storage.Storage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code kindling rounds fit}: the model's coefficients from measurements, and how well it tells.
 */
@Command(
    name = "fit",
    mixinStandardHelpOptions = true,
    description = {
      "Fits the model of a round's time to measurements, and predicts measurements that the fit has"
          + " not seen: all of one number of executors, one size, one bandwidth, one exchange.",
      "Prints tables; writes the coefficients if asked."
    })
final class RoundsFit implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--measurements",
      required = true,
      paramLabel = "FILE",
      description = "Lines of JSON, as benchmarks/network/run --json writes them.")
  private String measurements;

  @Option(
      names = "--machine-cores",
      paramLabel = "N",
      description =
          "Cores that all hosts share, for lines that do not say (default: this machine's).")
  private int machineCores = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description = "Where the coefficients go, as JSON.")
  private String output;

  @Override
  public Integer call() throws IOException {
    Storage storage = Storage.standard();
    if (machineCores < 1) {
      throw new IllegalArgumentException(
          "rounds fit: --machine-cores: expected at least 1, found " + machineCores);
    }
    String lines = storage.readText(new Path(measurements));
    List<Measurement> measured = Measurement.read(lines, measurements, machineCores);
    PrintWriter out = spec.commandLine().getOut();
    out.print(RoundFit.report(measured));
    if (output != null) {
      storage.writeText(new Path(output), RoundFit.of(measured).toJson());
      out.println("written to " + output);
    }
    out.flush();
    return 0;
  }
}
