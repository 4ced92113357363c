package org.kindling.spark.inspection;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Text of unknown origin made safe to print: nothing in it moves the cursor or hides text. */
public final class Printable {
  private Printable() {}

  /** Line breaks as {@code \n}, other control and format characters as their code. */
  public static String text(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints().forEach(point -> append(out, point));
    return out.toString();
  }

  private static void append(StringBuilder out, int point) {
    switch (point) {
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      case '\\' -> out.append("\\\\");
      default -> {
        switch (Character.getType(point)) {
          case Character.CONTROL,
                  Character.FORMAT,
                  Character.LINE_SEPARATOR,
                  Character.PARAGRAPH_SEPARATOR,
                  Character.SURROGATE,
                  Character.PRIVATE_USE,
                  Character.UNASSIGNED ->
              out.append(String.format("\\u{%x}", point));
          default -> out.appendCodePoint(point);
        }
      }
    }
  }

  /** UTF-8 as {@link #text}; bytes that are no part of a whole character as {@code \xNN}. */
  public static String bytes(byte[] utf8) {
    CharsetDecoder decoder =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(utf8);
    CharBuffer chars = CharBuffer.allocate(utf8.length + 1);
    StringBuilder out = new StringBuilder();
    while (true) {
      CoderResult result = decoder.decode(in, chars, true);
      out.append(text(chars.flip().toString()));
      chars.clear();
      if (!result.isError()) {
        return out.toString();
      }
      for (int i = 0; i < result.length(); i++) {
        out.append(String.format("\\x%02x", in.get()));
      }
      decoder.reset();
    }
  }
}
