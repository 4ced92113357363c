package org.kindling.spark.documents;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.Storage;

/** Documents of a file of JSON objects, one a line; empty lines are ignored. */
final class JsonLinesReader implements PartReader {
  /** Documents are as long as they are; Jackson's own limit is 20 million characters. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private static final int NAMES_SHOWN = 8;

  /** A line is held in memory, its text too. */
  static final int LONGEST_LINE = 1 << 26;

  private final String field;
  private final OnMalformed onMalformed;
  private final LineReader lines;
  private final HeldText text = new HeldText();

  JsonLinesReader(Storage storage, FilePart part, String field, OnMalformed onMalformed)
      throws IOException {
    this.field = field;
    this.onMalformed = onMalformed;
    this.lines = new LineReader(storage, part, LONGEST_LINE);
  }

  @Override
  public boolean advance() throws IOException {
    while (lines.advance()) {
      if (lines.beyondPart()) {
        return false;
      }
      if (!lines.isWhole()) {
        passOver();
        throw malformed("expected a line of at most " + LONGEST_LINE + " bytes, found more");
      }
      if (!isBlank()) {
        String found = textOf();
        text.hold(
            (escapesSurrogates() ? requirePaired(found) : found).getBytes(StandardCharsets.UTF_8));
        return true;
      }
    }
    return false;
  }

  /** Leaves the reader at the end of a line too long to hold. */
  private void passOver() throws IOException {
    while (!lines.endsLine() && lines.advance()) {
      // the rest of the line
    }
  }

  private boolean isBlank() {
    for (int i = 0; i < lines.length(); i++) {
      if (lines.bytes()[i] != ' ' && lines.bytes()[i] != '\t' && lines.bytes()[i] != '\r') {
        return false;
      }
    }
    return true;
  }

  /** A parser of the line's bytes, or of its characters if some have to be replaced. */
  private JsonParser parser() throws IOException {
    byte[] bytes = lines.bytes();
    int good = Utf8Validator.wellFormed(bytes, 0, lines.length());
    if (good == lines.length()) {
      boolean marked = lines.number() == 1 && startsWithByteOrderMark();
      return JSON.createParser(bytes, marked ? 3 : 0, lines.length() - (marked ? 3 : 0));
    }
    if (onMalformed != OnMalformed.REPLACE) {
      throw new MalformedDocumentException(
          ValidText.notText(source(), lines.start() + good, bytes, good));
    }
    return JSON.createParser(new String(bytes, 0, lines.length(), StandardCharsets.UTF_8));
  }

  private boolean startsWithByteOrderMark() {
    byte[] bytes = lines.bytes();
    return lines.length() >= 3
        && bytes[0] == (byte) 0xef
        && bytes[1] == (byte) 0xbb
        && bytes[2] == (byte) 0xbf;
  }

  /** Whether the line may escape a surrogate; most have no reason to. */
  private boolean escapesSurrogates() {
    byte[] bytes = lines.bytes();
    for (int i = 2; i < lines.length(); i++) {
      if ((bytes[i] | 0x20) == 'd' && bytes[i - 1] == 'u' && bytes[i - 2] == '\\') {
        return true;
      }
    }
    return false;
  }

  private String textOf() throws IOException {
    String found = null;
    List<String> names = new ArrayList<>();
    try (JsonParser json = parser()) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw malformed("expected a JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        names.add(json.getCurrentName());
        JsonToken value = json.nextToken();
        if (json.getCurrentName().equals(field) && found == null) {
          if (value != JsonToken.VALUE_STRING) {
            throw malformed("expected a string in field " + field + ", found " + describe(value));
          }
          found = json.getText();
        } else {
          json.skipChildren();
        }
      }
      if (json.nextToken() != null) {
        throw malformed("expected one JSON object a line, found more");
      }
    } catch (JsonProcessingException e) {
      throw malformed("is no JSON object (" + e.getOriginalMessage() + ")");
    }
    if (found == null) {
      throw missing(names);
    }
    return found;
  }

  private static String describe(JsonToken value) {
    return value == JsonToken.START_OBJECT
        ? "an object"
        : value == JsonToken.START_ARRAY ? "an array" : String.valueOf(value.asString());
  }

  private MalformedDocumentException malformed(String problem) {
    return new MalformedDocumentException(
        new CorruptFileException(
            source(),
            lines.start(),
            problem.lines().findFirst().orElse(problem)
                + "; repair it, or choose --on-malformed skip"));
  }

  private MalformedDocumentException missing(List<String> names) {
    String found =
        names.isEmpty()
            ? "none"
            : String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size())));
    return new MalformedDocumentException(
        new IllegalArgumentException(
            where()
                + ": expected a field "
                + field
                + ", found "
                + found
                + "; name the field with --text-field, or choose --on-malformed skip"));
  }

  /** Escapes can name halves of surrogate pairs, which are no characters. */
  private String requirePaired(String decoded) throws IOException {
    for (int i = 0; i < decoded.length(); i++) {
      if (Character.isSurrogate(decoded.charAt(i)) && decoded.codePointAt(i) < 0x10000) {
        if (onMalformed == OnMalformed.REPLACE) {
          return replaceUnpaired(decoded);
        }
        throw new MalformedDocumentException(
            new CorruptFileException(
                source(),
                lines.start(),
                String.format(
                    "expected text, found half a surrogate pair (\\u%04x); choose "
                        + "--on-malformed skip or replace",
                    (int) decoded.charAt(i))));
      }
      i += Character.isHighSurrogate(decoded.charAt(i)) ? 1 : 0;
    }
    return decoded;
  }

  private static String replaceUnpaired(String decoded) {
    StringBuilder repaired = new StringBuilder(decoded.length());
    decoded
        .codePoints()
        .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xfffd : c)
        .forEach(repaired::appendCodePoint);
    return repaired.toString();
  }

  @Override
  public int read(byte[] bytes, int from, int length) {
    return text.read(bytes, from, length);
  }

  @Override
  public long position() {
    return lines.start();
  }

  /** The line is named where it is known. */
  @Override
  public String source() {
    return lines.number() > 0 ? lines.source() + ", line " + lines.number() : lines.source();
  }

  @Override
  public long textStart() {
    return lines.start();
  }

  @Override
  public String where() {
    return source() + ", byte " + lines.start();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
