package org.kindling.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.OptionalInt;
import org.apache.hadoop.fs.Path;
import org.kindling.model.ModelSettings;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/**
 * {@code config.json} of a checkpoint, as HuggingFace transformers reads it for {@code
 * GPT2LMHeadModel}.
 *
 * @param model shape of the model
 * @param vocabulary number of token ids
 */
public record ModelConfig(ModelSettings model, int vocabulary) implements java.io.Serializable {
  public static final String FILE = "config.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * @param endOfText id that ends documents, if the tokenizer has one
   */
  public String toJson(OptionalInt endOfText) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.putArray("architectures").add("GPT2LMHeadModel");
    json.put("model_type", "gpt2");
    json.put("vocab_size", vocabulary);
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
    if (endOfText.isPresent()) {
      json.put("bos_token_id", endOfText.getAsInt());
      json.put("eos_token_id", endOfText.getAsInt());
    } else {
      json.putNull("bos_token_id");
      json.putNull("eos_token_id");
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
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
    String type = json.path("model_type").asText();
    if (!type.equals("gpt2")) {
      throw new IllegalArgumentException(
          file + ", model_type: found '" + type + "', expected gpt2; Kindling reads no other");
    }
    return new ModelConfig(
        new ModelSettings(
            "transformer",
            number(json, "n_layer", file),
            number(json, "n_head", file),
            number(json, "n_embd", file),
            number(json, "n_positions", file),
            json.path("tie_word_embeddings").asBoolean(true)),
        number(json, "vocab_size", file));
  }

  private static int number(JsonNode json, String key, Path file) throws CorruptFileException {
    if (!json.path(key).isInt()) {
      throw new CorruptFileException(file.toString(), 0, "has no number " + key);
    }
    return json.get(key).asInt();
  }
}
