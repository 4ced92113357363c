package org.kindling.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The section {@code data}: keys and values, or the list of its sources alone. */
final class DataSection {
  static final String DATA = "data";
  private static final String SOURCES = "sources";

  private DataSection() {}

  /**
   * Writes a list in place of the section as its sources, so that it can be laid over defaults.
   *
   * @param settings changed in place
   * @param source of the settings, for the message
   * @throws IllegalArgumentException if it is neither
   */
  static void expand(JsonNode settings, String source) {
    JsonNode data = settings.get(DATA);
    if (data == null || data.isObject()) {
      return;
    }
    if (!data.isArray()) {
      throw new IllegalArgumentException(
          source
              + ", data: expected a list of datasets, or documents and sources, found "
              + data
              + "; e.g. data: [{path: data/shakespeare}]");
    }
    ((ObjectNode) settings).putObject(DATA).set(SOURCES, data);
  }
}
