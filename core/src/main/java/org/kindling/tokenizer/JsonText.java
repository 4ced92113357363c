package org.kindling.tokenizer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** Reads and writes JSON text in memory. */
final class JsonText {
  private static final ObjectMapper MAPPER = mapper();

  private JsonText() {}

  /** Writes the members of an object. */
  interface Members {
    void write(JsonGenerator json) throws IOException;
  }

  /** The text of a {@code tokenizer.json} with these members after those that every one has. */
  static String write(Members members) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = MAPPER.getFactory().createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("version", "1.0");
      json.writeNullField("truncation");
      json.writeNullField("padding");
      members.write(json);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing tokenizer.json in memory", e);
    }
    return text.append('\n').toString();
  }

  /**
   * @throws IllegalArgumentException if the text is not a JSON object
   */
  static JsonNode read(String text) {
    try {
      JsonNode root = MAPPER.readTree(text);
      if (root == null || !root.isObject()) {
        throw new IllegalArgumentException("expected a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "line "
              + (e.getLocation() == null ? 0 : e.getLocation().getLineNr())
              + ": not valid JSON ("
              + e.getOriginalMessage()
              + ")",
          e);
    }
  }

  private static ObjectMapper mapper() {
    // Vocabularies have hundreds of thousands of names, each once: interning them only costs.
    JsonFactory factory =
        JsonFactory.builder()
            .configure(JsonFactory.Feature.INTERN_FIELD_NAMES, false)
            .configure(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES, false)
            .build();
    return new ObjectMapper(factory);
  }
}
