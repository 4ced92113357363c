package org.kindling.spark.jobs;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kindling bench …}: measurements, each printed as one JSON object per line. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures Kindling on this machine; prints one JSON object per line.",
    synopsisSubcommandLabel = "WHAT",
    subcommands = {
      StepBench.class,
      GenerateBench.class,
      RoundBench.class,
      ExchangeBench.class,
      TokenizeBench.class,
      FitBench.class
    })
public final class BenchJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "missing what to measure; use one of "
            + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }
}
