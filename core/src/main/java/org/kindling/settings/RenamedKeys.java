package org.kindling.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * Keys that had another name in older versions. Who writes the old name is told the new one; a file
 * that an older version wrote itself is read as if it had the new one.
 */
final class RenamedKeys {
  private record Renamed(String section, String before, String now) {}

  private static final Map<String, Renamed> BY_KEY =
      Map.of(
          "training.batch", new Renamed("training", "batch", "microBatch"),
          "training.accumulate", new Renamed("training", "accumulate", "gradientAccumulation"));

  private RenamedKeys() {}

  /**
   * @param key with its section, as {@code --set} takes it
   * @throws IllegalArgumentException naming the new name, if this is an old one
   */
  static void refuse(String source, String key) {
    Renamed renamed = BY_KEY.get(key);
    if (renamed != null) {
      throw new IllegalArgumentException(
          source + ", " + key + ": is called " + renamed.section() + "." + renamed.now() + " now");
    }
  }

  /** Gives old keys their new names; one whose new name is there too stays what it is. */
  static void translate(JsonNode settings) {
    for (Renamed renamed : BY_KEY.values()) {
      if (settings.get(renamed.section()) instanceof ObjectNode section
          && section.has(renamed.before())
          && !section.has(renamed.now())) {
        section.set(renamed.now(), section.remove(renamed.before()));
      }
    }
  }
}
