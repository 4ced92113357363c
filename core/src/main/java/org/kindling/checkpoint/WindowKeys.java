package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The keys of {@code config.json} about sliding windows. Kindling's layers are all alike, so either
 * all of a model's layers have the window or none.
 */
final class WindowKeys {
  private static final String WINDOW = "sliding_window";
  private static final String USED = "use_sliding_window";
  private static final String FIRST = "max_window_layers";
  private static final String TYPES = "layer_types";
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  private final ConfigKeys keys;
  private final int layers;

  WindowKeys(ConfigKeys keys, int layers) {
    this.keys = keys;
    this.layers = layers;
  }

  /** Llama has no window; some files keep the keys of another model, which must say so. */
  int ofLlama() {
    keys.get(FIRST);
    if (keys.flag(USED, keys.has(WINDOW))) {
      throw keys.refused(WINDOW, keys.get(WINDOW), "none; LlamaForCausalLM has no sliding window");
    }
    requireAll(FULL);
    return 0;
  }

  /** How many keys a query of Qwen3 sees; 0 for all. */
  int ofQwen3() {
    boolean used = keys.flag(USED, false) && !keys.isNull(WINDOW);
    int window = keys.count(WINDOW, 4096);
    int first = firstWindowed();
    JsonNode types = keys.get(TYPES);
    boolean windowed = used && first <= 0;
    if (!types.isMissingNode()) {
      // They count more than the number of the first layer.
      windowed = types.path(0).asText().equals(SLIDING);
      requireAll(windowed ? SLIDING : FULL);
    } else if (used && first > 0 && first < layers) {
      throw keys.refused(
          FIRST,
          "" + first,
          "0 or num_hidden_layers " + layers + "; Kindling's layers all have the window or none");
    }
    if (windowed && !used) {
      throw keys.refused(USED, "false", "true and a sliding_window, since layer_types has it");
    }
    return windowed ? window : 0;
  }

  /** The first layer that has the window; in transformers all later ones have it too. */
  private int firstWindowed() {
    JsonNode first = keys.get(FIRST);
    if (first.isMissingNode()) {
      return 28;
    }
    if (!first.isInt()) {
      throw keys.refused(FIRST, first, "a whole number");
    }
    return first.asInt();
  }

  private void requireAll(String only) {
    JsonNode types = keys.get(TYPES);
    if (types.isMissingNode()) {
      return;
    }
    boolean alike = types.isArray() && types.size() == layers;
    for (JsonNode type : types) {
      alike &= type.asText().equals(only);
    }
    if (!alike) {
      throw keys.refused(
          TYPES, types, layers + " times " + only + "; Kindling's layers are all alike");
    }
  }
}
