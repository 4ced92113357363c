package org.kindling.spark.jobs;

import org.kindling.scaling.FitSettings;
import org.kindling.scaling.ParameterCount;
import picocli.CommandLine.Option;

/** The options of a fit, for the subcommands that fit. */
final class FitOptions {
  @Option(
      names = "--bootstrap",
      paramLabel = "N",
      description = "Resamples for 95%% intervals, 0 for none (default: 200).")
  private int bootstrap = FitSettings.DEFAULTS.bootstrap();

  @Option(names = "--seed", paramLabel = "S", description = "Seed of the resamples (default: 1).")
  private long seed = FitSettings.DEFAULTS.seed();

  @Option(
      names = "--holdout-above",
      paramLabel = "FLOPS",
      description =
          "Check the law on runs above this many FLOPs, fitting only those below (default: the"
              + " largest of three or more budgets is held out).")
  private double holdoutAbove = FitSettings.DEFAULTS.holdoutAbove();

  @Option(
      names = "--family",
      paramLabel = "NAME",
      description = "Fit the runs of this family, where there are several.")
  private String family = FitSettings.DEFAULTS.family();

  @Option(names = "--non-embedding", description = "Count parameters without embeddings.")
  private boolean nonEmbedding;

  FitSettings settings() {
    return new FitSettings(
        bootstrap,
        seed,
        holdoutAbove,
        family,
        nonEmbedding ? ParameterCount.NON_EMBEDDING : ParameterCount.ALL);
  }
}
