package org.kindling.spark.jobs;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.kindling.scale.Coefficients;
import org.kindling.scale.Compute;
import org.kindling.storage.Storage;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Options of {@code kindling rounds} that say what a cluster is like. */
final class RoundsOptions {
  /** How fast an executor is. */
  static final class Speed {
    @Option(
        names = "--tokens-per-second",
        required = true,
        paramLabel = "N",
        description = "That one executor trains on, whatever the model's size.")
    private double tokensPerSecond;

    @Option(
        names = "--flops-per-second",
        required = true,
        paramLabel = "FLOPS",
        description = "That one executor reaches, at 6 · parameters a token.")
    private double flopsPerSecond;
  }

  @ArgGroup(multiplicity = "1")
  private Speed speed;

  @Option(
      names = "--tokens-per-step",
      required = true,
      paramLabel = "N",
      description = "Of one worker.")
  private long tokensPerStep;

  @Option(
      names = "--delay",
      paramLabel = "TIME",
      defaultValue = "0.1ms",
      description = "From one executor to another, one way (default: ${DEFAULT-VALUE}).")
  private String delay;

  @Option(
      names = "--optimizer",
      paramLabel = "KIND",
      defaultValue = "adamw",
      description =
          "adamw or muon: it decides what is exchanged beside parameters; predict takes several, those"
              + " that are preferred first (default: ${DEFAULT-VALUE}).")
  private String optimizer;

  @Option(
      names = "--coefficients",
      paramLabel = "FILE",
      description = "What kindling rounds fit wrote (default: those that come with Kindling).")
  private String coefficients;

  Compute compute() {
    return new Compute(speed.tokensPerSecond, speed.flopsPerSecond, tokensPerStep);
  }

  String delay() {
    return delay;
  }

  String optimizer() {
    return optimizer;
  }

  Coefficients coefficients() throws IOException {
    return coefficients == null
        ? Coefficients.measured()
        : Coefficients.read(Storage.standard().readText(new Path(coefficients)), coefficients);
  }
}
