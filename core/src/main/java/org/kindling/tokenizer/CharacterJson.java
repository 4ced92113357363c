package org.kindling.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.Map;

/**
 * A character tokenizer as HuggingFace's {@code WordLevel} model whose words are single characters:
 * a split isolates every character, the decoder fuses them again.
 */
final class CharacterJson {
  private static final String EVERY_CHARACTER = "[\\s\\S]";

  private CharacterJson() {}

  static String write(int[] codePoints) {
    return JsonText.write(
        json -> {
          json.writeArrayFieldStart("added_tokens");
          json.writeEndArray();
          json.writeNullField("normalizer");
          json.writeObjectFieldStart("pre_tokenizer");
          json.writeStringField("type", "Split");
          json.writeObjectFieldStart("pattern");
          json.writeStringField("Regex", EVERY_CHARACTER);
          json.writeEndObject();
          json.writeStringField("behavior", "Isolated");
          json.writeBooleanField("invert", false);
          json.writeEndObject();
          json.writeNullField("post_processor");
          json.writeObjectFieldStart("decoder");
          json.writeStringField("type", "Fuse");
          json.writeEndObject();
          json.writeObjectFieldStart("model");
          json.writeStringField("type", "WordLevel");
          json.writeObjectFieldStart("vocab");
          for (int id = 0; id < codePoints.length; id++) {
            json.writeNumberField(Character.toString(codePoints[id]), id);
          }
          json.writeEndObject();
          // The format wants a name here; no such entry exists, so unknown characters are errors.
          json.writeStringField("unk_token", "<unk>");
          json.writeEndObject();
        });
  }

  /**
   * @throws IllegalArgumentException if the words are not single characters with ids 0, 1, 2 …
   */
  static CharacterTokenizer read(JsonNode root) {
    String split = root.path("pre_tokenizer").path("pattern").path("Regex").asText();
    if (!split.equals(EVERY_CHARACTER)) {
      throw new IllegalArgumentException(
          "pre_tokenizer: a WordLevel model is read only if its pre-tokenizer splits by "
              + EVERY_CHARACTER
              + ", found "
              + root.path("pre_tokenizer"));
    }
    JsonNode words = root.path("model").path("vocab");
    int[] codePoints = new int[words.size()];
    java.util.Arrays.fill(codePoints, -1);
    for (Iterator<Map.Entry<String, JsonNode>> i = words.fields(); i.hasNext(); ) {
      Map.Entry<String, JsonNode> word = i.next();
      String text = word.getKey();
      int id = word.getValue().asInt(-1);
      if (text.isEmpty() || text.codePointCount(0, text.length()) != 1) {
        throw new IllegalArgumentException(
            "model.vocab: expected single characters, found \"" + text + "\"");
      }
      if (id < 0 || id >= codePoints.length || codePoints[id] >= 0) {
        throw new IllegalArgumentException(
            "model.vocab: expected the ids 0 to "
                + (codePoints.length - 1)
                + " once each, found "
                + word.getValue()
                + " for \""
                + text
                + "\"");
      }
      codePoints[id] = text.codePointAt(0);
    }
    return new CharacterTokenizer(codePoints);
  }
}
