package org.kindling.spark.documents;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
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

  private final FilePart part;
  private final String field;
  private final TextDecoder decoder;
  private final LineReader lines;
  private String text;

  JsonLinesReader(Storage storage, FilePart part, String field, TextDecoder decoder)
      throws IOException {
    this.part = part;
    this.field = field;
    this.decoder = decoder;
    this.lines = new LineReader(storage, part);
  }

  @Override
  public boolean advance() throws IOException {
    while (lines.advance()) {
      if (part.endsBefore(lines.start())) {
        return false;
      }
      String line = decoder.decode(lines.bytes(), lines.length(), part.name(), lines.start());
      if (line == null) {
        text = null;
        return true;
      }
      if (lines.start() == 0 && line.startsWith("\ufeff")) {
        line = line.substring(1);
      }
      if (!line.isBlank()) {
        String found = textOf(line);
        text = found == null ? null : decoder.requirePaired(found, part.name(), lines.start());
        return true;
      }
    }
    return false;
  }

  private String textOf(String line) throws IOException {
    String found = null;
    List<String> names = new ArrayList<>();
    try (JsonParser json = JSON.createParser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        return decoder.skipOrThrow(malformed("expected a JSON object"));
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        names.add(json.getCurrentName());
        JsonToken value = json.nextToken();
        if (json.getCurrentName().equals(field) && found == null) {
          if (value != JsonToken.VALUE_STRING) {
            return decoder.skipOrThrow(
                malformed("expected a string in field " + field + ", found " + describe(value)));
          }
          found = json.getText();
        } else {
          json.skipChildren();
        }
      }
      if (json.nextToken() != null) {
        return decoder.skipOrThrow(malformed("expected one JSON object a line, found more"));
      }
    } catch (JsonProcessingException e) {
      return decoder.skipOrThrow(malformed("is no JSON object (" + e.getOriginalMessage() + ")"));
    }
    return found != null ? found : decoder.skipOrThrow(missing(names));
  }

  private static String describe(JsonToken value) {
    return value == JsonToken.START_OBJECT
        ? "an object"
        : value == JsonToken.START_ARRAY ? "an array" : String.valueOf(value.asString());
  }

  private CorruptFileException malformed(String problem) {
    return new CorruptFileException(
        part.name(),
        lines.start(),
        problem.lines().findFirst().orElse(problem) + "; repair it, or choose --on-malformed skip");
  }

  private IllegalArgumentException missing(List<String> names) {
    String found =
        names.isEmpty()
            ? "none"
            : String.join(", ", names.subList(0, Math.min(NAMES_SHOWN, names.size())));
    return new IllegalArgumentException(
        where()
            + ": expected a field "
            + field
            + ", found "
            + found
            + "; name the field with --text-field, or choose --on-malformed skip");
  }

  @Override
  public String text() {
    return text;
  }

  @Override
  public String where() {
    return part.name() + ", byte " + lines.start();
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
