package org.kindling.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.kindling.optimizer.OuterSettings;

/** The section {@code outer}, whose defaults depend on whether rounds overlap. */
final class OuterSection {
  private static final String SECTION = "outer";

  private OuterSection() {}

  /**
   * Puts in the defaults of overlapping rounds where they are asked for.
   *
   * @param tree all settings
   * @param file as the user gave it
   * @param overrides {@code key=value}
   */
  static void complete(ObjectNode tree, JsonNode file, List<String> overrides) {
    if (!tree.path("training").path("overlap").asBoolean()
        || !(tree.get(SECTION) instanceof ObjectNode outer)) {
      return;
    }
    Set<String> given = new HashSet<>();
    file.path(SECTION).fieldNames().forEachRemaining(given::add);
    for (String override : overrides) {
      String key = override.split("=", 2)[0].strip();
      if (key.equals(SECTION)) {
        return;
      }
      given.add(key.replaceFirst("^" + SECTION + "\\.", ""));
    }
    if (!given.contains("learningRate")) {
      outer.put("learningRate", OuterSettings.OVERLAPPING.learningRate());
    }
    if (!given.contains("momentum")) {
      outer.put("momentum", OuterSettings.OVERLAPPING.momentum());
    }
  }
}
