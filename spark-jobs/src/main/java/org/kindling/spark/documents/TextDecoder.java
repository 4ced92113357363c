package org.kindling.spark.documents;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.kindling.storage.CorruptFileException;

/** Strict UTF-8, and the book-keeping of malformed documents. Not thread-safe. */
final class TextDecoder {
  private final OnMalformed onMalformed;
  private final CharsetDecoder strict =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private CharBuffer characters = CharBuffer.allocate(1 << 13);
  private long skipped;

  TextDecoder(OnMalformed onMalformed) {
    this.onMalformed = onMalformed;
  }

  /** Documents left out so far. */
  long skipped() {
    return skipped;
  }

  /**
   * The text of some bytes; null if it is malformed and to be skipped.
   *
   * @param offset of the first byte in the file, for the error
   */
  String decode(byte[] bytes, int length, String file, long offset) throws IOException {
    if (characters.capacity() < length) {
      characters = CharBuffer.allocate(Math.max(length, (int) Math.min(1L << 30, 2L * length)));
    }
    characters.clear();
    ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
    strict.reset();
    CoderResult result = strict.decode(in, characters, true);
    if (result.isUnderflow()) {
      return characters.flip().toString();
    }
    return switch (onMalformed) {
      case REPLACE -> new String(bytes, 0, length, StandardCharsets.UTF_8);
      case SKIP -> skip();
      case FAIL -> throw notText(bytes, in.position(), file, offset);
    };
  }

  private static CorruptFileException notText(byte[] bytes, int at, String file, long offset) {
    boolean gzip = offset == 0 && at == 1 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b;
    return new CorruptFileException(
        file,
        offset + at,
        String.format("expected UTF-8 text, found 0x%02x; ", bytes[at])
            + (gzip
                ? "the file looks gzipped, name it .gz"
                : "convert the file, or choose --on-malformed skip or replace"));
  }

  /**
   * A text that came from an escape notation, such as JSON's, in which surrogates may be unpaired;
   * null if it is to be skipped.
   */
  String requirePaired(String text, String file, long offset) throws IOException {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i)) && text.codePointAt(i) < 0x10000) {
        return switch (onMalformed) {
          case REPLACE -> replaceUnpaired(text);
          case SKIP -> skip();
          case FAIL ->
              throw new CorruptFileException(
                  file,
                  offset,
                  String.format(
                      "expected text, found half a surrogate pair (\\u%04x); choose "
                          + "--on-malformed skip or replace",
                      (int) text.charAt(i)));
        };
      }
      i += Character.isHighSurrogate(text.charAt(i)) ? 1 : 0;
    }
    return text;
  }

  private static String replaceUnpaired(String text) {
    StringBuilder repaired = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c)
        .forEach(repaired::appendCodePoint);
    return repaired.toString();
  }

  /** Counts and skips a record without text if that is the rule, else throws the given error. */
  <E extends Exception> String skipOrThrow(E error) throws E {
    if (onMalformed == OnMalformed.SKIP) {
      return skip();
    }
    throw error;
  }

  private String skip() {
    skipped++;
    return null;
  }
}
