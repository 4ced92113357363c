package org.kindling.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * The files beside a model that HuggingFace transformers needs to encode text for it and to know
 * where a text ends: {@code tokenizer.json}, {@code tokenizer_config.json} and {@code
 * generation_config.json}.
 *
 * <pre>{@code
 * TokenizerFiles.Model model =
 *     new TokenizerFiles.Model(50257, 1024, OptionalInt.empty(), List.of(50256));
 * TokenizerFiles.write(storage, directory, tokenizer, model);
 * // tokenizer_config.json: {"tokenizer_class": "PreTrainedTokenizerFast", …
 * }</pre>
 */
public final class TokenizerFiles {
  /** Says which class of transformers encodes, and to what length. */
  public static final String CONFIG = "tokenizer_config.json";

  /** Says at which tokens {@code generate()} begins and stops. */
  public static final String GENERATION = "generation_config.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The model that the tokenizer is for.
   *
   * @param vocabulary how many ids the model knows
   * @param context longest sequence
   * @param bos id that begins a text, if there is one
   * @param eos ids that end a text; may be empty
   */
  public record Model(int vocabulary, int context, OptionalInt bos, List<Integer> eos) {
    public Model {
      eos = List.copyOf(eos);
    }

    /** One whose texts begin and end with the tokenizer's end of text, if it has one. */
    public static Model of(Tokenizer tokenizer, int vocabulary, int context) {
      OptionalInt end = tokenizer.endOfText();
      return new Model(vocabulary, context, end, end.stream().boxed().toList());
    }
  }

  private TokenizerFiles() {}

  /**
   * Writes the files into a directory.
   *
   * @return what a manifest records of each, by name
   * @throws IllegalArgumentException if the tokenizer has ids that the model does not know
   */
  public static Map<String, FileChecksum> write(
      Storage storage, Path directory, Tokenizer tokenizer, Model model) throws IOException {
    requireKnown(tokenizer, model);
    Map<String, String> texts = new TreeMap<>();
    texts.put(Tokenizers.FILE_NAME, tokenizer.toJson());
    texts.put(CONFIG, config(tokenizer, model));
    texts.put(GENERATION, generation(model));
    Map<String, FileChecksum> written = new TreeMap<>();
    for (Map.Entry<String, String> file : texts.entrySet()) {
      Path path = new Path(directory, file.getKey());
      written.put(file.getKey(), storage.writeText(path, file.getValue()));
    }
    return written;
  }

  private static void requireKnown(Tokenizer tokenizer, Model model) {
    if (tokenizer.vocabulary() > model.vocabulary()) {
      throw new IllegalArgumentException(
          "tokenizer: found "
              + tokenizer.vocabulary()
              + " entries, expected at most the model's "
              + model.vocabulary()
              + "; use the tokenizer that the model was trained with");
    }
  }

  /**
   * The content of {@code tokenizer_config.json}. Without that file transformers chooses a class by
   * the model's architecture, and Qwen3's splits text in its own way.
   */
  public static String config(Tokenizer tokenizer, Model model) {
    ObjectNode json = JSON.createObjectNode();
    // Any other class would put its own rules in place of those of tokenizer.json.
    json.put("tokenizer_class", "PreTrainedTokenizerFast");
    json.put("model_max_length", model.context());
    // Older versions would take the space out before punctuation when decoding.
    json.put("clean_up_tokenization_spaces", false);
    if (model.bos().isPresent()) {
      putSpecial(json, "bos_token", tokenizer, model.bos().getAsInt());
    }
    if (!model.eos().isEmpty()) {
      putSpecial(json, "eos_token", tokenizer, model.eos().get(0));
    }
    return text(json);
  }

  /** Ordinary tokens cannot have this role: transformers would make special tokens of them. */
  private static void putSpecial(ObjectNode json, String role, Tokenizer tokenizer, int id) {
    String text = tokenizer.specialTokens().get(id);
    if (text != null) {
      json.put(role, text);
    }
  }

  private static String generation(Model model) {
    ObjectNode json = JSON.createObjectNode();
    if (model.bos().isPresent()) {
      json.put("bos_token_id", model.bos().getAsInt());
    }
    if (model.eos().size() == 1) {
      json.put("eos_token_id", model.eos().get(0));
    } else if (!model.eos().isEmpty()) {
      model.eos().forEach(json.putArray("eos_token_id")::add);
    }
    return text(json);
  }

  private static String text(ObjectNode json) {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("JSON could not be written", e);
    }
  }
}
