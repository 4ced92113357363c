package org.kindling.gguf;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.kindling.tokenizer.Tokenizer;

/**
 * A tokenizer as llama.cpp reads it, so that both give text the same ids. Immutable.
 *
 * <ul>
 *   <li>Byte pairs and bytes become a {@code gpt2} vocabulary with the pre-tokenizer of {@link
 *       GgufSplitting}.
 *   <li>Characters become an {@code rwkv} vocabulary, which takes the longest token at each place
 *       and so needs no merges. It is also the one kind that may do without a token that ends a
 *       text: for a {@code gpt2} vocabulary that names none, llama.cpp stops at token 11.
 * </ul>
 *
 * llama.cpp reads the text of special tokens in a prompt as these tokens, if it is asked to parse
 * them, as its command line does; {@link Tokenizer#encode(String)} never does.
 */
public final class GgufTokenizer {
  private static final int NORMAL = 1;
  private static final int CONTROL = 3;
  private static final int UNUSED = 5;

  /** Texts at which llama.cpp ends generation, whatever kind of token they are. */
  private static final Set<String> ENDS_GENERATION =
      Set.of(
          "<|eot_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<|flush|>",
          "<|calls|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "</s>",
          "<|eom_id|>",
          "<EOT>",
          "_<EOT>",
          "[EOT]",
          "[EOS]",
          "<|end_of_text|>",
          "<end_of_utterance>",
          "<eos>",
          "<turn|>",
          "<|tool_response>",
          "[e~[",
          // Fill-in-the-middle: what pads, and what parts files and repositories.
          "<|fim_pad|>",
          "<fim-pad>",
          "<fim_pad>",
          "<PAD>",
          "[PAD]",
          "<|fim_repo|>",
          "<|repo_name|>",
          "<fim-repo>",
          "<REPO>",
          "<reponame>",
          "<|file_sep|>");

  private final String model;
  private final GgufSplitting splitting;
  private final String[] texts;
  private final int[] types;
  private final List<String> merges;
  private final OptionalInt endOfText;

  private GgufTokenizer(Parsed parsed, OptionalInt endOfText) {
    this.model = parsed.model;
    this.splitting = parsed.splitting;
    this.texts = parsed.texts;
    this.types = parsed.types;
    this.merges = parsed.merges;
    this.endOfText = endOfText;
  }

  /**
   * @param vocabulary rows of the model's token table; those beyond the tokenizer's become tokens
   *     that no text has
   * @throws IllegalArgumentException if llama.cpp cannot split text as the tokenizer does
   */
  public static GgufTokenizer of(Tokenizer tokenizer, int vocabulary) {
    if (vocabulary < tokenizer.vocabulary()) {
      throw new IllegalArgumentException(
          "gguf, vocabulary: found "
              + vocabulary
              + " rows in the token table, expected at least the "
              + tokenizer.vocabulary()
              + " of the tokenizer; give the tokenizer that the model was trained with");
    }
    return new GgufTokenizer(new Parsed(tokenizer, vocabulary), tokenizer.endOfText());
  }

  /** Tokens, those that no text has included. */
  public int vocabulary() {
    return texts.length;
  }

  /** One line about texts that llama.cpp treats differently, if there are any. */
  public Optional<String> caveat() {
    return splitting == null ? characterCaveat() : splitting.caveat();
  }

  private Optional<String> characterCaveat() {
    boolean ascii = Arrays.stream(texts).allMatch(text -> text.chars().allMatch(c -> c < 0x80));
    return ascii
        ? Optional.empty()
        : Optional.of(
            "llama.cpp must be given the characters of the vocabulary only: on another one that"
                + " begins with the same byte it loops for ever");
  }

  void addTo(GgufMetadata metadata) {
    metadata.text("tokenizer.ggml.model", model);
    if (splitting != null) {
      metadata.text("tokenizer.ggml.pre", splitting.label()).texts("tokenizer.ggml.merges", merges);
    }
    metadata
        .texts("tokenizer.ggml.tokens", Arrays.asList(texts))
        .int32s("tokenizer.ggml.token_type", types);
    endOfText.ifPresent(
        id ->
            metadata
                .uint32("tokenizer.ggml.bos_token_id", id)
                .uint32("tokenizer.ggml.eos_token_id", id));
    metadata
        .flag("tokenizer.ggml.add_bos_token", false)
        .flag("tokenizer.ggml.add_eos_token", false)
        .flag("tokenizer.ggml.add_space_prefix", false);
  }

  /** What {@link Tokenizer#toJson} says, in llama.cpp's terms. */
  private static final class Parsed {
    private final String[] texts;
    private final int[] types;
    private final List<String> merges = new ArrayList<>();
    private final String model;
    private final GgufSplitting splitting;

    Parsed(Tokenizer tokenizer, int vocabulary) {
      JsonNode root = parse(tokenizer.toJson());
      JsonNode definition = root.path("model");
      texts = new String[vocabulary];
      types = new int[vocabulary];
      Arrays.fill(types, UNUSED);
      boolean characters = definition.path("type").asText().equals("WordLevel");
      for (Iterator<Map.Entry<String, JsonNode>> i = definition.path("vocab").fields();
          i.hasNext(); ) {
        Map.Entry<String, JsonNode> token = i.next();
        String text = token.getKey();
        put(token.getValue().asInt(), characters ? escaped(text) : text, NORMAL);
      }
      tokenizer.specialTokens().forEach((id, text) -> put(id, text, CONTROL));
      model = characters ? "rwkv" : "gpt2";
      splitting = characters ? null : GgufSplitting.of(root, tokenizer.kind());
      definition.path("merges").forEach(merge -> merges.add(merge.asText()));
      if (!characters) {
        requireEnd(tokenizer);
      }
      fillUnused(characters ? "\\xff" : "[PAD");
    }

    private void put(int id, String text, int type) {
      texts[id] = text;
      types[id] = type;
    }

    private void requireEnd(Tokenizer tokenizer) {
      if (tokenizer.endOfText().isEmpty()) {
        throw new IllegalArgumentException(
            "tokenizer: found no token that ends a text, such as <|endoftext|>, without which"
                + " llama.cpp would stop at token 11; train the model with a tokenizer that has one");
      }
      for (int id = 0; id < texts.length; id++) {
        if (types[id] == NORMAL && ENDS_GENERATION.contains(texts[id])) {
          throw new IllegalArgumentException(
              "tokenizer, token "
                  + id
                  + ": found the ordinary text "
                  + texts[id]
                  + ", at which llama.cpp would stop; use a tokenizer without it");
        }
      }
    }

    /**
     * @param prefix so that the text is no token's, and none of a prompt's either
     */
    private void fillUnused(String prefix) {
      Set<String> used = new HashSet<>(Arrays.asList(texts));
      for (int id = 0; id < texts.length; id++) {
        if (texts[id] == null) {
          texts[id] = prefix + id + "]";
          if (!used.add(texts[id])) {
            throw new IllegalArgumentException(
                "tokenizer: found a token "
                    + texts[id]
                    + ", which llama.cpp needs for the unused id "
                    + id
                    + "; use a tokenizer without it");
          }
        }
      }
    }

    private static JsonNode parse(String json) {
      try {
        return new ObjectMapper().readTree(json);
      } catch (JsonProcessingException e) {
        throw new IllegalArgumentException("tokenizer: its own JSON cannot be read", e);
      }
    }

    /** llama.cpp reads a backslash as the start of an escape and ends strings at a zero. */
    private static String escaped(String character) {
      char first = character.charAt(0);
      if (first == '\\') {
        return "\\\\";
      }
      return first < ' ' ? String.format("\\x%02x", (int) first) : character;
    }
  }
}
