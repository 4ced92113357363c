package org.kindling.spark.jobs;

import java.util.LinkedHashMap;
import java.util.Map;
import org.kindling.model.ModelSettings;
import org.kindling.settings.ModelKeys;
import picocli.CommandLine.Option;

/** The shape of a transformer that a benchmark makes up. */
final class ModelOptions {
  @Option(
      names = "--architecture",
      paramLabel = "NAME",
      defaultValue = "gpt2",
      description = "gpt2, llama, qwen3 or modern (default: ${DEFAULT-VALUE}).")
  private String architecture;

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
      names = "--kv-heads",
      paramLabel = "N",
      description = "Key and value heads (default: as many as heads).")
  private Integer kvHeads;

  @Option(
      names = "--width",
      paramLabel = "N",
      defaultValue = "128",
      description = "Width of the model (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--hidden",
      paramLabel = "N",
      description = "Hidden width of the MLP (default: the architecture's).")
  private Integer hidden;

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

  @Option(
      names = "--model",
      paramLabel = "KEY=VALUE",
      description = "Any other key of the settings' model section, e.g. window=64.")
  private Map<String, String> others = new LinkedHashMap<>();

  /**
   * @param command begins messages, e.g. {@code bench step}
   */
  ModelSettings settings(String command) {
    requirePositive(command, "--vocabulary", vocabulary);
    Map<String, Object> keys = new LinkedHashMap<>();
    keys.put("architecture", architecture);
    keys.put("layers", layers);
    keys.put("heads", heads);
    keys.put("width", width);
    keys.put("context", context);
    if (kvHeads != null) {
      keys.put("kvHeads", kvHeads);
    }
    if (hidden != null) {
      keys.put("hidden", hidden);
    }
    keys.putAll(others);
    return ModelKeys.read(command, keys);
  }

  static void requirePositive(String command, String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          command + ": " + option + ": expected at least 1, found " + value);
    }
  }

  int vocabulary() {
    return vocabulary;
  }
}
