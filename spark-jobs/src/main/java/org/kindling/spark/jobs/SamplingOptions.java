package org.kindling.spark.jobs;

import org.kindling.evaluation.SamplingSettings;
import picocli.CommandLine.Option;

/** How tokens are drawn, for the subcommands that write text. */
final class SamplingOptions {
  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.8",
      description = "0 always takes the likeliest token (default: ${DEFAULT-VALUE}).")
  private double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "N",
      defaultValue = "0",
      description = "Draw among this many likeliest tokens; 0 for all (default: ${DEFAULT-VALUE}).")
  private int topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "Draw among the likeliest tokens that reach this probability (default: ${DEFAULT-VALUE}).")
  private double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      defaultValue = "0",
      description =
          "Draw among tokens at least this share as likely as the likeliest one (default:"
              + " ${DEFAULT-VALUE}).")
  private double minP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "Divide the logits of tokens that the text holds already; above 1 against repetition"
              + " (default: ${DEFAULT-VALUE}).")
  private double repetitionPenalty;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "Seed of the draws (default: ${DEFAULT-VALUE}).")
  private long seed;

  SamplingSettings settings() {
    return new SamplingSettings(temperature, topK, topP, minP, repetitionPenalty, seed);
  }
}
