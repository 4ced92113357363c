package org.kindling.peers;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The flags of {@code kindling bench step}, with its defaults.
 *
 * @param precision of the linear layers and the unembedding: fp32 or bf16
 */
record Options(
    int layers,
    int heads,
    int width,
    int context,
    int vocabulary,
    int batch,
    int steps,
    double warmupSeconds,
    String precision) {
  private static final Set<String> NAMES =
      Set.of(
          "layers",
          "heads",
          "width",
          "context",
          "vocabulary",
          "batch",
          "steps",
          "warmup-seconds",
          "precision");

  Options {
    for (int size : new int[] {layers, heads, width, context, vocabulary, batch, steps}) {
      if (size < 1) {
        throw new IllegalArgumentException("libtorch: expected sizes of at least 1, found " + size);
      }
    }
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "libtorch: --heads " + heads + " does not divide --width " + width);
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
    return new Options(
        integer(given, "layers", 4),
        integer(given, "heads", 4),
        integer(given, "width", 128),
        integer(given, "context", 64),
        integer(given, "vocabulary", 65),
        integer(given, "batch", 12),
        integer(given, "steps", 50),
        Double.parseDouble(given.getOrDefault("warmup-seconds", "10")),
        given.getOrDefault("precision", "fp32"));
  }

  private static int integer(Map<String, String> given, String name, int otherwise) {
    return given.containsKey(name) ? Integer.parseInt(given.get(name)) : otherwise;
  }

  boolean bf16() {
    return precision.equals("bf16");
  }

  /** All options but the warm-up, as the inside of a JSON object. */
  String json() {
    return String.format(
        Locale.ROOT,
        "\"layers\": %d, \"heads\": %d, \"width\": %d, \"context\": %d, \"vocabulary\": %d,"
            + " \"batch\": %d, \"steps\": %d, \"precision\": \"%s\"",
        layers,
        heads,
        width,
        context,
        vocabulary,
        batch,
        steps,
        precision);
  }
}
