package org.kindling.peers;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The flags of {@code kindling bench step}, with its defaults.
 *
 * @param kvHeads as many as heads in GPT-2
 * @param hidden width of the MLP, four times the width in GPT-2
 * @param precision of the linear layers and the lm_head: fp32 or bf16
 */
record Options(
    Architecture architecture,
    int layers,
    int heads,
    int kvHeads,
    int width,
    int hidden,
    int context,
    int vocabulary,
    int batch,
    int steps,
    double warmupSeconds,
    String precision) {
  private static final Set<String> NAMES =
      Set.of(
          "architecture",
          "layers",
          "heads",
          "kv-heads",
          "width",
          "hidden",
          "context",
          "vocabulary",
          "batch",
          "steps",
          "warmup-seconds",
          "precision");

  Options {
    for (int size :
        new int[] {layers, heads, kvHeads, width, hidden, context, vocabulary, batch, steps}) {
      if (size < 1) {
        throw new IllegalArgumentException("libtorch: expected sizes of at least 1, found " + size);
      }
    }
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "libtorch: --heads " + heads + " does not divide --width " + width);
    }
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "libtorch: --kv-heads " + kvHeads + " does not divide --heads " + heads);
    }
    if (architecture == Architecture.LLAMA && width / heads % 2 != 0) {
      throw new IllegalArgumentException(
          "libtorch: rotary positions need an even head size, found " + width / heads);
    }
    if (!precision.equals("fp32") && !precision.equals("bf16")) {
      throw new IllegalArgumentException(
          "libtorch: --precision: expected fp32 or bf16, found " + precision);
    }
  }

  static Options parse(String[] arguments) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) {
      String name = arguments[i].startsWith("--") ? arguments[i].substring(2) : "";
      if (!NAMES.contains(name) || i + 1 == arguments.length) {
        throw new IllegalArgumentException(
            "libtorch: expected --NAME VALUE of " + NAMES + ", found " + arguments[i]);
      }
      given.put(name, arguments[i + 1]);
    }
    Architecture architecture = Architecture.parse(given.getOrDefault("architecture", "gpt2"));
    int heads = integer(given, "heads", 4);
    int width = integer(given, "width", 128);
    return new Options(
        architecture,
        integer(given, "layers", 4),
        heads,
        integer(given, "kv-heads", heads),
        width,
        hidden(architecture, given, width),
        integer(given, "context", 64),
        integer(given, "vocabulary", 65),
        integer(given, "batch", 12),
        integer(given, "steps", 50),
        Double.parseDouble(given.getOrDefault("warmup-seconds", "10")),
        given.getOrDefault("precision", "fp32"));
  }

  private static int hidden(Architecture architecture, Map<String, String> given, int width) {
    if (architecture == Architecture.GPT2) {
      if (given.containsKey("hidden") || given.containsKey("kv-heads")) {
        throw new IllegalArgumentException(
            "libtorch: --kv-heads and --hidden need --architecture llama");
      }
      return 4 * width;
    }
    if (!given.containsKey("hidden")) {
      throw new IllegalArgumentException("libtorch: --architecture llama needs --hidden");
    }
    return integer(given, "hidden", 0);
  }

  private static int integer(Map<String, String> given, String name, int otherwise) {
    return given.containsKey(name) ? Integer.parseInt(given.get(name)) : otherwise;
  }

  boolean bf16() {
    return precision.equals("bf16");
  }

  int headSize() {
    return width / heads;
  }

  /** All options but the warm-up, as the inside of a JSON object. */
  String json() {
    return String.format(
        Locale.ROOT,
        "\"architecture\": \"%s\", \"layers\": %d, \"heads\": %d, \"kvHeads\": %d, \"width\": %d,"
            + " \"hidden\": %d, \"context\": %d, \"vocabulary\": %d, \"batch\": %d, \"steps\": %d, \"precision\": \"%s\"",
        architecture.label(),
        layers,
        heads,
        kvHeads,
        width,
        hidden,
        context,
        vocabulary,
        batch,
        steps,
        precision);
  }
}
