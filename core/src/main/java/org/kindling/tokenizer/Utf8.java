package org.kindling.tokenizer;

import java.nio.charset.StandardCharsets;

/** Text to UTF-8 without loss. */
final class Utf8 {
  private Utf8() {}

  /**
   * The text's bytes.
   *
   * @throws IllegalArgumentException if a surrogate has no partner; Java's own conversion would put
   *     a question mark in its place
   */
  static byte[] encode(String text) {
    requirePaired(text);
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * @throws IllegalArgumentException if a surrogate has no partner
   */
  static void requirePaired(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean paired =
          Character.isHighSurrogate(c)
              && i + 1 < length
              && Character.isLowSurrogate(text.charAt(i + 1));
      if (!paired) {
        throw unpaired(text, i);
      }
      i++;
    }
  }

  static IllegalArgumentException unpaired(String text, int index) {
    return new IllegalArgumentException(
        String.format(
            "text, character %d: found the unpaired surrogate U+%04X, which no encoding of Unicode"
                + " can hold; repair or drop the text",
            text.codePointCount(0, index), (int) text.charAt(index)));
  }
}
