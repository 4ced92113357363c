package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

/**
 * The keys of a {@code config.json}, each of which must be read, refused or declared harmless: a
 * key that nobody looked at is an error. Not thread-safe.
 */
final class ConfigKeys {
  /** Keys whose null transformers takes for "as usual"; any other null it does not accept. */
  private static final Set<String> NULLABLE =
      Set.of("n_inner", "num_key_value_heads", "head_dim", "sliding_window", "model_type");

  private final JsonNode json;
  private final String source;
  private final Set<String> seen = new HashSet<>();

  ConfigKeys(JsonNode json, String source) {
    this.json = json;
    this.source = source;
    if (!json.isObject()) {
      throw new IllegalArgumentException(
          source + ": expected a JSON object, found " + json.getNodeType());
    }
  }

  /** The value of a key; a missing node if it is absent or null. */
  JsonNode get(String key) {
    seen.add(key);
    JsonNode value = json.path(key);
    return value.isNull() ? json.path("") : value;
  }

  boolean has(String key) {
    return !get(key).isMissingNode();
  }

  /** Whether the key is there with the value null, which for some differs from absent. */
  boolean isNull(String key) {
    seen.add(key);
    return json.path(key).isNull();
  }

  private JsonNode valid(String key) {
    if (isNull(key) && !NULLABLE.contains(key)) {
      throw refused(key, "null", "a value, or no such key");
    }
    return get(key);
  }

  /** A whole number of at least 1. */
  int count(String key, int absent) {
    JsonNode value = valid(key);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 1) {
      throw refused(key, value, "a whole number of at least 1");
    }
    return value.asInt();
  }

  /** A number above 0. */
  double positive(String key, double absent) {
    JsonNode value = valid(key);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isNumber() || !(value.asDouble() > 0) || Double.isInfinite(value.asDouble())) {
      throw refused(key, value, "a number above 0");
    }
    return value.asDouble();
  }

  boolean flag(String key, boolean absent) {
    JsonNode value = valid(key);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isBoolean()) {
      throw refused(key, value, "true or false");
    }
    return value.asBoolean();
  }

  String text(String key, String absent) {
    JsonNode value = valid(key);
    if (value.isMissingNode()) {
      return absent;
    }
    if (!value.isTextual()) {
      throw refused(key, value, "a text");
    }
    return value.asText();
  }

  /** Refuses a flag that says other than the only thing that Kindling does. */
  void requireFlag(String key, boolean only) {
    if (flag(key, only) != only) {
      throw refused(key, get(key), only + "; Kindling computes no other models");
    }
  }

  /** Refuses a key with any value other than null, an empty list or an empty object. */
  void requireNone(String key, String why) {
    JsonNode value = get(key);
    boolean empty = value.isMissingNode() || value.isContainerNode() && value.isEmpty();
    if (!empty) {
      throw refused(key, value, "none; " + why);
    }
  }

  /** Keys that change nothing of what a model computes. */
  void harmless(List<String> keys) {
    seen.addAll(keys);
  }

  /**
   * @throws IllegalArgumentException if there is a key that was not asked for
   */
  void refuseUnknown() {
    for (Iterator<String> keys = json.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      // A leading underscore marks what transformers and others keep for themselves.
      if (!key.startsWith("_") && !seen.contains(key) && !json.get(key).isNull()) {
        throw refused(
            key,
            json.get(key),
            "no such key; Kindling does not know what it changes, remove it if it changes nothing");
      }
    }
  }

  IllegalArgumentException refused(String key, JsonNode found, String expected) {
    return refused(key, found.toString(), expected);
  }

  IllegalArgumentException refused(String key, String found, String expected) {
    return new IllegalArgumentException(
        source + ", " + key + ": found " + found + ", expected " + expected);
  }
}
