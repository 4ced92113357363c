package org.kindling.tokenizer;

/**
 * GPT-2's way to write bytes as printable characters, so that a vocabulary of byte strings fits
 * into JSON: printable Latin-1 bytes stand for themselves, the other 68 are U+0100 to U+0143 in
 * order. A space is {@code Ġ}, a newline {@code Ċ}.
 *
 * @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">bytes_to_unicode</a>
 */
final class ByteAlphabet {
  private static final char[] CHARACTERS = new char[256];
  private static final int[] BYTES = new int[0x144];
  private static final int[] IN_ORDER = new int[256];

  static {
    java.util.Arrays.fill(BYTES, -1);
    char next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      CHARACTERS[b] = printable ? (char) b : next++;
      BYTES[CHARACTERS[b]] = b;
    }
    int position = 0;
    for (int b : BYTES) {
      if (b >= 0) {
        IN_ORDER[position++] = b;
      }
    }
  }

  private ByteAlphabet() {}

  /** The 256 bytes, ordered by the code point of the character that stands for each. */
  static int[] bytesInOrder() {
    return IN_ORDER.clone();
  }

  static String write(byte[] bytes) {
    char[] characters = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      characters[i] = CHARACTERS[bytes[i] & 0xFF];
    }
    return new String(characters);
  }

  /** The bytes that a token's characters stand for, or null if one stands for none. */
  static byte[] read(String token) {
    byte[] bytes = new byte[token.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = token.charAt(i);
      int b = c < BYTES.length ? BYTES[c] : -1;
      if (b < 0) {
        return null;
      }
      bytes[i] = (byte) b;
    }
    return bytes;
  }
}
