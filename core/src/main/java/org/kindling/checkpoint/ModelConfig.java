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
 * {@code config.json} of a checkpoint: for a transformer as HuggingFace transformers reads it for
 * {@code GPT2LMHeadModel}, for other families their settings under {@code model_type} kindling.
 *
 * @param model shape of the model
 * @param vocabulary number of token ids
 */
public record ModelConfig(ModelSettings model, int vocabulary) implements java.io.Serializable {
  public static final String FILE = "config.json";
  private static final String MODEL_TYPE = "model_type";
  private static final String VOCABULARY = "vocab_size";
  private static final String GPT2 = "gpt2";
  private static final String KINDLING = "kindling";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param endOfText id that ends documents, if the tokenizer has one
   */
  public String toJson(OptionalInt endOfText) throws IOException {
    ObjectNode json = model.kind() == Family.TRANSFORMER ? gpt2() : kindling();
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

  private ObjectNode gpt2() {
    ObjectNode json = JSON.createObjectNode();
    json.putArray("architectures").add("GPT2LMHeadModel");
    json.put(MODEL_TYPE, GPT2);
    json.put(VOCABULARY, vocabulary);
    json.put("n_positions", model.context());
    json.put("n_embd", model.width());
    json.put("n_layer", model.layers());
    json.put("n_head", model.heads());
    json.put("activation_function", "gelu_new");
    json.put("layer_norm_epsilon", 1e-5);
    json.put("initializer_range", 0.02);
    json.put("resid_pdrop", 0.0);
    json.put("embd_pdrop", 0.0);
    json.put("attn_pdrop", 0.0);
    json.put("scale_attn_weights", true);
    json.put("tie_word_embeddings", model.tied());
    json.put("torch_dtype", "float32");
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
    String type = json.path(MODEL_TYPE).asText();
    ModelSettings model =
        switch (type) {
          case GPT2 -> transformer(json, file);
          case KINDLING -> otherFamily(json, file);
          default ->
              throw new IllegalArgumentException(
                  file
                      + ", model_type: found '"
                      + type
                      + "', expected gpt2 or kindling; Kindling reads no other");
        };
    return new ModelConfig(model, number(json, VOCABULARY, file));
  }

  private static ModelSettings transformer(JsonNode json, Path file) throws CorruptFileException {
    return new ModelSettings(
        Family.TRANSFORMER.label(),
        number(json, "n_layer", file),
        number(json, "n_head", file),
        number(json, "n_embd", file),
        number(json, "n_positions", file),
        json.path("tie_word_embeddings").asBoolean(true));
  }

  private static ModelSettings otherFamily(JsonNode json, Path file) throws CorruptFileException {
    Family family = Family.named(json.path("family").asText());
    ObjectNode model = JSON.valueToTree(ModelSettings.defaults(family));
    for (Family.Key key : family.keys()) {
      model.put(key.label(), number(json, key.label(), file));
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
