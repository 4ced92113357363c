package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The keys of {@code config.json} about rotary positions: version 4 of transformers writes {@code
 * rope_theta} and {@code rope_scaling}, version 5 {@code rope_parameters}. Kindling's positions are
 * not scaled, so every scaling is refused.
 */
final class RotaryKeys {
  /** Where no key names one, in every class. */
  private static final double DEFAULT_THETA = 10000;

  private static final String PARTIAL = "partial_rotary_factor";

  private final ConfigKeys keys;

  RotaryKeys(ConfigKeys keys) {
    this.keys = keys;
  }

  /** The base of the frequencies. */
  double theta() {
    double theta = keys.positive("rope_theta", 0);
    requireWholeHead(PARTIAL, keys.get(PARTIAL));
    for (String key : List.of("rope_scaling", "rope_parameters")) {
      double inner = read(key, theta);
      if (theta != 0 && inner != theta) {
        // Versions 4 and 5 would each take another one.
        throw keys.refused(key + ".rope_theta", "" + inner, "rope_theta, which is " + theta);
      }
      theta = inner;
    }
    return theta == 0 ? DEFAULT_THETA : theta;
  }

  private double read(String key, double absent) {
    JsonNode rope = keys.get(key);
    if (rope.isMissingNode()) {
      return absent;
    }
    if (!rope.isObject()) {
      throw keys.refused(key, rope, "an object or null");
    }
    // First the kind of scaling: its factors alone would not tell what it is.
    requireUnscaled(key + ".rope_type", rope.path("rope_type"));
    requireUnscaled(key + ".type", rope.path("type"));
    double theta = absent;
    for (Iterator<Map.Entry<String, JsonNode>> it = rope.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      String name = key + "." + field.getKey();
      JsonNode value = field.getValue();
      switch (field.getKey()) {
        case "rope_type", "type" -> {}
        case PARTIAL -> requireWholeHead(name, value);
        case "rope_theta" -> theta = theta(name, value);
        default ->
            throw keys.refused(
                name, value, "no such key; Kindling's rotary positions are not scaled");
      }
    }
    return theta;
  }

  private double theta(String name, JsonNode value) {
    if (!value.isNumber() || !(value.asDouble() > 0)) {
      throw keys.refused(name, value, "a number above 0");
    }
    return value.asDouble();
  }

  private void requireUnscaled(String name, JsonNode value) {
    boolean none = value.isMissingNode() || value.isNull();
    if (!none && !Set.of("default", "none").contains(value.asText())) {
      throw keys.refused(name, value, "default; Kindling's rotary positions are not scaled");
    }
  }

  private void requireWholeHead(String name, JsonNode factor) {
    if (!factor.isMissingNode() && !factor.isNull() && factor.asDouble() != 1) {
      throw keys.refused(name, factor, "1; Kindling rotates whole heads");
    }
  }
}
