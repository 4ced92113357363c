package org.kindling.settings;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.kindling.model.Architecture;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;

/**
 * The section {@code model}, whose keys and defaults depend on {@code model.family}: keys that are
 * not given take the family's default, and a key that the family does not have is an error.
 */
final class ModelSection {
  static final String ARCHITECTURE = "model.architecture";

  private static final String MODEL = "model";
  private static final String FAMILY = "family";

  /** Keys of a transformer that follow from the others unless they are given. */
  private static final List<Family.Key> DERIVED =
      List.of(Family.Key.KV_HEADS, Family.Key.HEAD_DIM, Family.Key.HIDDEN, Family.Key.ROPE_THETA);

  private static final List<Family.Key> SHAPE =
      List.of(Family.Key.LAYERS, Family.Key.HEADS, Family.Key.WIDTH, Family.Key.CONTEXT);

  private final ObjectMapper mapper;
  private final Set<String> given = new LinkedHashSet<>();

  ModelSection(ObjectMapper mapper) {
    this.mapper = mapper;
  }

  /** Notes which of the section's keys someone wrote. */
  void given(JsonNode settings) {
    settings.path(MODEL).fieldNames().forEachRemaining(given::add);
  }

  /**
   * Fills in what was not given.
   *
   * @throws IllegalArgumentException naming a key that the family does not have, and those it has
   */
  void complete(ObjectNode tree) {
    if (!(tree.get(MODEL) instanceof ObjectNode model)) {
      return;
    }
    Family family = Family.named(model.path(FAMILY).asText());
    ObjectNode defaults = defaults(family, model);
    for (Family.Key key : Family.Key.values()) {
      String name = key.label();
      if (!given.contains(name)) {
        model.set(name, defaults.get(name));
      } else if (!family.has(key)) {
        throw ModelSettings.foreign(family, name);
      }
    }
  }

  private ObjectNode defaults(Family family, ObjectNode model) {
    if (family != Family.TRANSFORMER) {
      return mapper.valueToTree(ModelSettings.defaults(family));
    }
    String name = Family.Key.ARCHITECTURE.label();
    String label = given.contains(name) ? model.path(name).asText() : Architecture.GPT2.label();
    ObjectNode defaults = mapper.valueToTree(ModelSettings.defaults(Architecture.named(label)));
    DERIVED.forEach(key -> defaults.put(key.label(), 0));
    return defaults;
  }

  /**
   * Makes a transformer's section ready for other values: what follows from the rest follows again,
   * and with another architecture all keys but those of the shape are that architecture's.
   *
   * @param keys of the other values
   * @param architecture null if it stays
   */
  static void prepare(ObjectNode tree, Set<String> keys, Object architecture, ObjectMapper mapper) {
    boolean touched = keys.stream().anyMatch(key -> key.startsWith(MODEL + "."));
    if (!touched || !(tree.get(MODEL) instanceof ObjectNode model)) {
      return;
    }
    ModelSettings settings = mapper.convertValue(model, ModelSettings.class);
    if (settings.kind() != Family.TRANSFORMER) {
      return;
    }
    for (Family.Key key : settings.derived()) {
      model.put(key.label(), 0);
    }
    if (architecture != null) {
      ObjectNode other =
          mapper.valueToTree(ModelSettings.defaults(Architecture.named(architecture.toString())));
      SHAPE.forEach(key -> other.set(key.label(), model.get(key.label())));
      DERIVED.forEach(key -> other.put(key.label(), 0));
      model.setAll(other);
    }
  }

  /** Takes away the keys that the family does not have. */
  static void keepOwn(ObjectNode tree) {
    if (tree.get(MODEL) instanceof ObjectNode model) {
      Family family = Family.named(model.path(FAMILY).asText());
      for (Family.Key key : Family.Key.values()) {
        if (!family.has(key)) {
          model.remove(key.label());
        }
      }
    }
  }
}
