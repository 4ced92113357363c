package org.kindling.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.SortedMap;

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
   * Appends the tokens of a text in UTF-8 without objects in between; otherwise like {@link
   * #encode(String)}.
   *
   * @param from where the text begins in {@code utf8}
   * @param to where it ends
   * @return how many were appended
   * @throws IllegalArgumentException if a byte is not UTF-8, naming it, or for {@code char} if a
   *     character is unknown
   */
  default int encode(byte[] utf8, int from, int to, TokenBuffer out) {
    return encode(utf8, from, to, SpecialTokens.ORDINARY, out);
  }

  /**
   * The same with a choice of what becomes of the text of special tokens.
   *
   * @throws IllegalArgumentException also if there is a special token and they are refused
   */
  int encode(byte[] utf8, int from, int to, SpecialTokens specialTokens, TokenBuffer out);

  /**
   * Encodes documents that come in chunks, in bounded memory. Each thread needs its own, which is
   * then used for document after document.
   */
  StreamingEncoder streaming(SpecialTokens specialTokens);

  /** Text of the special tokens by id. Empty for {@code char}. Unmodifiable. */
  SortedMap<Integer, String> specialTokens();

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
