package org.kindling.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;
import java.util.Optional;

/**
 * The pre-tokenizers of llama.cpp that cut text as Kindling's byte-pair tokenizers do. Each name
 * stands in llama.cpp for a regular expression and for whether a piece that is a token may skip the
 * merges.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp">llama.cpp's
 *     table</a>
 */
enum GgufSplitting {
  GPT2("gpt-2", null, false),
  CL100K("dbrx", Patterns.CL100K, false),
  LLAMA3("llama-bpe", Patterns.CL100K, true),
  O200K("gpt-4o", Patterns.O200K, false);

  /** As {@code tokenizer.json} writes them, and llama.cpp's table quotes them. */
  private static final class Patterns {
    static final String CL100K =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    static final String O200K =
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
            + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+"
            + "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
            + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  private final String label;
  private final String regex;
  private final boolean wholePiecesFirst;

  GgufSplitting(String label, String regex, boolean wholePiecesFirst) {
    this.label = label;
    this.regex = regex;
    this.wholePiecesFirst = wholePiecesFirst;
  }

  /** {@code tokenizer.ggml.pre}. */
  String label() {
    return label;
  }

  /** Null for ByteLevel, whose pattern is its own. */
  String regex() {
    return regex;
  }

  Optional<String> caveat() {
    return this == O200K
        ? Optional.of(
            "llama.cpp's gpt-4o splitting knows capitals in ASCII only and no combining marks:"
                + " prompts in other scripts can get other tokens than kindling's")
        : Optional.empty();
  }

  /**
   * @param tokenizer a {@code tokenizer.json} with a byte-pair model
   * @throws IllegalArgumentException if llama.cpp has nothing that does the same
   */
  static GgufSplitting of(JsonNode tokenizer, String kind) {
    JsonNode pre = tokenizer.path("pre_tokenizer");
    String regex = pre.path("pretokenizers").path(0).path("pattern").path("Regex").asText(null);
    boolean wholePiecesFirst = tokenizer.path("model").path("ignore_merges").asBoolean();
    for (GgufSplitting known : values()) {
      if (Objects.equals(known.regex, regex) && known.wholePiecesFirst == wholePiecesFirst) {
        return known;
      }
    }
    throw new IllegalArgumentException(
        "tokenizer "
            + kind
            + ", pre_tokenizer: found "
            + (regex == null ? "ByteLevel" : regex)
            + (wholePiecesFirst ? " with ignore_merges" : "")
            + ", expected one of llama.cpp's: ByteLevel like GPT-2's or the pattern of cl100k_base"
            + " or o200k_base without ignore_merges, or that of cl100k_base with it");
  }
}
