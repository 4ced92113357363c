package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.kindling.model.Family;
import org.kindling.model.ModelSettings;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * {@code config.json} of a checkpoint: where a class of HuggingFace transformers computes the
 * model, as that class reads it; else the model's settings under {@code model_type} kindling.
 *
 * @param model shape of the model
 * @param vocabulary number of token ids
 */
public record ModelConfig(ModelSettings model, int vocabulary) implements java.io.Serializable {
  public static final String FILE = HuggingFaceConfig.FILE;
  private static final String MODEL_TYPE = "model_type";
  private static final String VOCABULARY = "vocab_size";
  private static final String KINDLING = "kindling";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param endOfText id that ends documents, if the tokenizer has one
   */
  public String toJson(OptionalInt endOfText) throws IOException {
    if (HuggingFaceShapes.obstacles(model, vocabulary).isEmpty()) {
      HuggingFaceShapes.TextIds ids = HuggingFaceShapes.TextIds.of(endOfText);
      return HuggingFaceShapes.config(model, vocabulary, ids).toJson(Dtype.F32);
    }
    ObjectNode json = kindling();
    if (endOfText.isPresent()) {
      json.put("bos_token_id", endOfText.getAsInt());
      json.put("eos_token_id", endOfText.getAsInt());
    } else {
      json.putNull("bos_token_id");
      json.putNull("eos_token_id");
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
  }

  /**
   * Holds a tokenizer against the model that it is to be used with. A model may have more tokens
   * than its tokenizer: tables are often made larger.
   *
   * @param where names what the model is used on
   * @param tokens of the tokenizer
   * @throws IllegalArgumentException if the model does not know some of them
   */
  public void requireVocabulary(String where, int tokens) {
    if (tokens > vocabulary) {
      throw new IllegalArgumentException(
          String.format(
              "%s: the tokenizer has %d tokens, the model %d; use the tokenizer that it was trained"
                  + " with",
              where, tokens, vocabulary));
    }
  }

  private ObjectNode kindling() {
    ObjectNode json = JSON.createObjectNode();
    json.put(MODEL_TYPE, KINDLING);
    json.put("family", model.family());
    json.put(VOCABULARY, vocabulary);
    ObjectNode all = JSON.valueToTree(model);
    for (Family.Key key : model.kind().keys()) {
      json.set(key.label(), all.get(key.label()));
    }
    return json;
  }

  /** Reads the shape of the model that lies in a directory. */
  public static ModelConfig read(Storage storage, Path directory) throws IOException {
    Path file = new Path(directory, FILE);
    JsonNode json;
    try {
      json = JSON.readTree(storage.readText(file));
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new CorruptFileException(
          file.toString(), 0, "is not JSON (" + e.getOriginalMessage() + "); restore the file");
    }
    if (json.path(MODEL_TYPE).asText().equals(KINDLING)) {
      return new ModelConfig(kindling(json, file), number(json, VOCABULARY, file));
    }
    HuggingFaceConfig config = HuggingFaceConfig.parse(json, file.toString());
    return new ModelConfig(HuggingFaceShapes.settings(config), config.vocabulary());
  }

  private static ModelSettings kindling(JsonNode json, Path file) throws CorruptFileException {
    Family family = Family.named(json.path("family").asText());
    ObjectNode model = JSON.valueToTree(ModelSettings.defaults(family));
    for (Family.Key key : family.keys()) {
      JsonNode value = json.path(key.label());
      if (!value.isValueNode()) {
        throw new CorruptFileException(file.toString(), 0, "has no key " + key.label());
      }
      model.set(key.label(), value);
    }
    return JSON.convertValue(model, ModelSettings.class);
  }

  private static int number(JsonNode json, String key, Path file) throws CorruptFileException {
    if (!json.path(key).isInt()) {
      throw new CorruptFileException(file.toString(), 0, "has no number " + key);
    }
    return json.get(key).asInt();
  }
}
