package org.kindling.tokenizer;

/**
 * What becomes of text that looks like a special token, such as {@code <|endoftext|>}. A document
 * that holds one by chance, or on purpose, would otherwise end in the middle.
 *
 * <pre>{@code
 * byte[] text = "a<|endoftext|>b".getBytes(UTF_8);
 * gpt2.encode(text, 0, text.length, ORDINARY, out); // [64, 27, 91, 437, 1659, 5239, 91, 29, 65]
 * gpt2.encode(text, 0, text.length, ALLOW, out);    // [64, 50256, 65]
 * gpt2.encode(text, 0, text.length, REFUSE, out);   // throws: text, byte 1: found the special …
 * }</pre>
 */
public enum SpecialTokens {
  /** An error that names the token and where it is. */
  REFUSE,

  /** The tokens of its characters, as of any other text. */
  ORDINARY,

  /** The special token; the text before and after it is encoded on its own. */
  ALLOW
}
