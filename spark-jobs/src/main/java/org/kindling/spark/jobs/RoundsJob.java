package org.kindling.spark.jobs;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kindling rounds …}: what rounds take on clusters of any size. Needs no Spark session. */
@Command(
    name = "rounds",
    mixinStandardHelpOptions = true,
    description = "Says what rounds take on clusters of any size: bytes, seconds, settings.",
    synopsisSubcommandLabel = "WHAT",
    subcommands = {RoundsFit.class, RoundsPredict.class, RoundsSimulate.class})
public final class RoundsJob implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "missing what to say; use one of "
            + String.join(", ", spec.commandLine().getSubcommands().keySet()));
  }
}
