package org.kindling.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Text to token ids and back. Immutable; threads may share it.
 *
 * <pre>{@code
 * Tokenizer bytes = Tokenizers.load(storage, "byte");
 * bytes.encode("Hi");                    // [72, 105]
 * bytes.decodeText(new int[] {72, 105}); // "Hi"
 * }</pre>
 */
public interface Tokenizer {
  /**
   * One of {@code char}, {@code byte}, {@code bpe}, {@code gpt2}, {@code cl100k_base}, {@code
   * o200k_base}.
   */
  String kind();

  /** Ids are 0 to {@code vocabulary() - 1}; a few in between may be unused. */
  int vocabulary();

  /** The token that closes each document; a character tokenizer has none. */
  OptionalInt endOfText();

  /**
   * Encodes ordinary text. The text of a special token, such as {@code <|endoftext|>}, is ordinary
   * here: it gives the tokens of its characters and never the special token.
   *
   * @throws IllegalArgumentException if the text holds an unpaired surrogate or, for {@code char},
   *     a character the tokenizer was not trained on; names the character and its position
   */
  int[] encode(String text);

  /**
   * The exact bytes the tokens stand for. One token may be part of a character, so the bytes of an
   * arbitrary run of tokens need not be valid UTF-8. Special tokens stand for no text.
   *
   * @throws IllegalArgumentException if an id is not in the vocabulary; names its position
   */
  byte[] decode(int[] ids);

  /** {@link #decode} as text; bytes that are not valid UTF-8 become U+FFFD. */
  default String decodeText(int[] ids) {
    return new String(decode(ids), StandardCharsets.UTF_8);
  }

  /** The content of {@code tokenizer.json}; the same tokenizer always gives the same bytes. */
  String toJson();

  /** SHA-256 of {@link #toJson()} in UTF-8, as 64 hexadecimal digits. */
  String hash();
}
