package org.kindling.settings;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Reads a settings record from YAML laid over its defaults. A key that the defaults do not have is
 * an error that names the nearest one that they have. Threads may share it.
 */
final class SettingsReader {
  private static final YAMLMapper YAML = mapper();

  private SettingsReader() {}

  private static YAMLMapper mapper() {
    YAMLMapper mapper =
        YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            // Only a record's components are settings; what else it can answer is not.
            .disable(MapperFeature.AUTO_DETECT_IS_GETTERS)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .build();
    mapper
        .coercionConfigFor(LogicalType.Integer)
        .setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail);
    return mapper;
  }

  /**
   * @param source name of the file, for messages
   * @param overrides {@code key.path=value} as given to {@code --set}, the last one wins
   * @throws IllegalArgumentException naming file, key and what to do
   */
  static <T> T read(T defaults, Class<T> type, String source, String yaml, List<String> overrides) {
    return read(defaults, type, source, parse(source, yaml), overrides);
  }

  /**
   * The same of a file that {@link #write} of this version or an older one wrote: keys that have
   * been renamed since are known by their old names too.
   */
  static <T> T readWritten(
      T defaults, Class<T> type, String source, String yaml, List<String> overrides) {
    JsonNode file = parse(source, yaml);
    RenamedKeys.translate(file);
    return read(defaults, type, source, file, overrides);
  }

  private static <T> T read(
      T defaults, Class<T> type, String source, JsonNode file, List<String> overrides) {
    ObjectNode tree = YAML.valueToTree(defaults);
    ModelSection model = new ModelSection(YAML);
    DataSection.expand(file, source);
    merge(tree, file, source, "");
    model.given(file);
    for (String override : overrides) {
      model.given(apply(tree, override));
    }
    model.complete(tree);
    OuterSection.complete(tree, file, overrides);
    return toValue(tree, type, source);
  }

  /** A record with other values under some keys, written as in {@code --set}. */
  static <T> T override(T settings, Class<T> type, String source, Map<String, ?> values) {
    ObjectNode tree = YAML.valueToTree(settings);
    ModelSection.prepare(tree, values.keySet(), values.get(ModelSection.ARCHITECTURE), YAML);
    values.forEach((key, value) -> put(tree, key, YAML.valueToTree(value), source));
    return toValue(tree, type, source);
  }

  private static <T> T toValue(ObjectNode tree, Class<T> type, String source) {
    try {
      return YAML.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(source + ", " + explain(e, tree), e);
    }
  }

  /** The settings as YAML, every key written out. */
  static String write(Object settings) {
    try {
      return YAML.writeValueAsString(tree(settings));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("settings cannot be written: " + e.getMessage(), e);
    }
  }

  /** The settings as keys and values; of the model those that its family has. */
  static JsonNode tree(Object settings) {
    ObjectNode tree = YAML.valueToTree(settings);
    ModelSection.keepOwn(tree);
    return tree;
  }

  private static JsonNode parse(String source, String yaml) {
    try {
      JsonNode node = YAML.readTree(yaml);
      if (node == null || node.isMissingNode() || node.isNull()) {
        return YAML.createObjectNode();
      }
      if (!node.isObject()) {
        throw new IllegalArgumentException(
            source + ": expected keys and values, found " + node.getNodeType());
      }
      return node;
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      String problem = e.getOriginalMessage().lines().findFirst().orElse("");
      throw new IllegalArgumentException(
          source + ", line " + line + ": is not YAML (" + problem + ")", e);
    }
  }

  private static void merge(ObjectNode into, JsonNode from, String source, String path) {
    for (Iterator<Map.Entry<String, JsonNode>> it = from.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      String key = path + field.getKey();
      JsonNode known = into.get(field.getKey());
      if (known == null) {
        RenamedKeys.refuse(source, key);
        throw new IllegalArgumentException(
            source + ", " + key + ": unknown key" + suggestion(field.getKey(), into));
      }
      if (known.isObject()) {
        if (!field.getValue().isObject()) {
          throw new IllegalArgumentException(
              source + ", " + key + ": expected keys and values, found " + field.getValue());
        }
        merge((ObjectNode) known, field.getValue(), source, key + ".");
      } else {
        into.set(field.getKey(), field.getValue());
      }
    }
  }

  /** Returns what was set, as keys and values. */
  private static JsonNode apply(ObjectNode tree, String override) {
    int equals = override.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException(
          "--set: expected key=value, found '" + override + "'; e.g. --set training.steps=100");
    }
    JsonNode value;
    try {
      value = YAML.readTree(override.substring(equals + 1));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("--set " + override + ": the value is not YAML", e);
    }
    boolean none = value == null || value.isMissingNode();
    return put(tree, override.substring(0, equals), none ? NullNode.instance : value, "--set");
  }

  /** Returns the same as keys and values. */
  private static JsonNode put(ObjectNode tree, String key, JsonNode value, String source) {
    String[] keys = key.split("\\.");
    ObjectNode patch = YAML.createObjectNode();
    ObjectNode innermost = patch;
    for (int i = 0; i < keys.length - 1; i++) {
      innermost = innermost.putObject(keys[i]);
    }
    innermost.set(keys[keys.length - 1], value);
    DataSection.expand(patch, source);
    merge(tree, patch, source, "");
    return patch;
  }

  private static String suggestion(String key, ObjectNode known) {
    List<String> names = new ArrayList<>();
    known.fieldNames().forEachRemaining(names::add);
    String nearest = Nearest.of(key, names);
    return nearest == null
        ? "; known here: " + String.join(", ", names)
        : "; did you mean " + nearest + "?";
  }

  /** The record's own message if it refused, otherwise where Jackson stumbled. */
  private static String explain(JsonProcessingException e, JsonNode settings) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof IllegalArgumentException && cause.getMessage() != null) {
        return cause.getMessage();
      }
    }
    String problem = e.getOriginalMessage().lines().findFirst().orElse("").replace('`', '\'');
    if (!(e instanceof JsonMappingException mapping)) {
      return problem;
    }
    StringBuilder key = new StringBuilder();
    JsonNode found = settings;
    for (JsonMappingException.Reference step : mapping.getPath()) {
      String name = step.getFieldName();
      key.append(name == null ? "[" + step.getIndex() + "]" : (key.isEmpty() ? "" : ".") + name);
      found = name == null ? found.path(step.getIndex()) : found.path(name);
    }
    if (e instanceof MismatchedInputException mismatch && mismatch.getTargetType() != null) {
      problem =
          "expected "
              + inWords(mismatch.getTargetType())
              + ", found "
              + (found.isMissingNode() ? "nothing" : found);
    }
    return key + ": " + problem;
  }

  private static String inWords(Class<?> type) {
    if (type == int.class || type == long.class) {
      return "a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "a number";
    }
    if (type == boolean.class) {
      return "true or false";
    }
    if (List.class.isAssignableFrom(type)) {
      return "a list";
    }
    return type == String.class ? "text" : "keys and values";
  }
}
