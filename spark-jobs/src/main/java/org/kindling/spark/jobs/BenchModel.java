package org.kindling.spark.jobs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.kindling.model.ModelSettings;
import picocli.CommandLine.Option;

/** The options of a transformer with random parameters, for the benchmarks that make one. */
final class BenchModel {
  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "4",
      description = "Blocks of the model (default: ${DEFAULT-VALUE}).")
  private int layers;

  @Option(
      names = "--heads",
      paramLabel = "N",
      defaultValue = "4",
      description = "Attention heads of a block (default: ${DEFAULT-VALUE}).")
  private int heads;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "128",
      description = "Width of the model (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--context",
      paramLabel = "N",
      defaultValue = "64",
      description = "Tokens of a sequence (default: ${DEFAULT-VALUE}).")
  private int context;

  @Option(
      names = "--vocabulary",
      paramLabel = "N",
      defaultValue = "65",
      description = "Entries of the vocabulary (default: ${DEFAULT-VALUE}).")
  private int vocabulary;

  ModelSettings settings() {
    return new ModelSettings("transformer", layers, heads, width, context, true);
  }

  /**
   * @param command names the benchmark in the error
   */
  int vocabulary(String command) {
    requirePositive(command, "--vocabulary", vocabulary);
    return vocabulary;
  }

  void echo(ObjectNode json) {
    json.put("layers", layers).put("heads", heads).put("width", width);
    json.put("context", context).put("vocabulary", vocabulary);
  }

  static void requirePositive(String command, String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          command + ": " + option + ": expected at least 1, found " + value);
    }
  }
}
