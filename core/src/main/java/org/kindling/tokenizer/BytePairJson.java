package org.kindling.tokenizer;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;

/**
 * Writes byte-pair tokenizers as {@code tokenizer.json}: model {@code BPE}, {@code ByteLevel}
 * pre-tokenizer and decoder. Merges are strings "left right", which every version of HuggingFace's
 * library reads; no token holds a space, because the byte alphabet writes it as {@code Ġ}.
 */
final class BytePairJson {
  private BytePairJson() {}

  static String write(BytePairVocabulary vocabulary) {
    return JsonText.write(
        json -> {
          writeSpecials(json, vocabulary);
          json.writeNullField("normalizer");
          writeSplitting(json, vocabulary.splitting());
          json.writeNullField("post_processor");
          json.writeFieldName("decoder");
          writeByteLevel(json, true);
          writeModel(json, vocabulary);
        });
  }

  private static void writeSpecials(JsonGenerator json, BytePairVocabulary vocabulary)
      throws IOException {
    json.writeArrayFieldStart("added_tokens");
    for (Map.Entry<Integer, String> special : vocabulary.specials().entrySet()) {
      json.writeStartObject();
      json.writeNumberField("id", special.getKey());
      json.writeStringField("content", special.getValue());
      json.writeBooleanField("single_word", false);
      json.writeBooleanField("lstrip", false);
      json.writeBooleanField("rstrip", false);
      json.writeBooleanField("normalized", false);
      json.writeBooleanField("special", true);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void writeSplitting(JsonGenerator json, Splitting splitting) throws IOException {
    json.writeFieldName("pre_tokenizer");
    if (splitting == Splitting.GPT2) {
      writeByteLevel(json, true);
      return;
    }
    json.writeStartObject();
    json.writeStringField("type", "Sequence");
    json.writeArrayFieldStart("pretokenizers");
    json.writeStartObject();
    json.writeStringField("type", "Split");
    json.writeObjectFieldStart("pattern");
    json.writeStringField("Regex", splitting.regex());
    json.writeEndObject();
    json.writeStringField("behavior", "Isolated");
    json.writeBooleanField("invert", false);
    json.writeEndObject();
    writeByteLevel(json, false);
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void writeByteLevel(JsonGenerator json, boolean useRegex) throws IOException {
    json.writeStartObject();
    json.writeStringField("type", "ByteLevel");
    json.writeBooleanField("add_prefix_space", false);
    json.writeBooleanField("trim_offsets", true);
    json.writeBooleanField("use_regex", useRegex);
    json.writeEndObject();
  }

  private static void writeModel(JsonGenerator json, BytePairVocabulary vocabulary)
      throws IOException {
    json.writeObjectFieldStart("model");
    json.writeStringField("type", "BPE");
    json.writeNullField("dropout");
    json.writeNullField("unk_token");
    json.writeNullField("continuing_subword_prefix");
    json.writeNullField("end_of_word_suffix");
    json.writeBooleanField("fuse_unk", false);
    if (vocabulary.wholePiecesFirst()) {
      // Only where it is set: older versions of HuggingFace's library do not know it.
      json.writeBooleanField("ignore_merges", true);
    }
    String[] names = names(vocabulary);
    json.writeObjectFieldStart("vocab");
    for (int id = 0; id < names.length; id++) {
      if (names[id] != null) {
        json.writeNumberField(names[id], id);
      }
    }
    json.writeEndObject();
    json.writeArrayFieldStart("merges");
    for (long merge : vocabulary.merges()) {
      json.writeString(
          names[BytePairVocabulary.left(merge)] + " " + names[BytePairVocabulary.right(merge)]);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  /**
   * By id; null where there is no token. Special tokens are listed too, or readers renumber them.
   */
  private static String[] names(BytePairVocabulary vocabulary) {
    String[] names = new String[vocabulary.size()];
    byte[][] tokens = vocabulary.tokens();
    for (int id = 0; id < names.length; id++) {
      boolean ordinary = id < tokens.length && tokens[id] != null;
      names[id] = ordinary ? ByteAlphabet.write(tokens[id]) : vocabulary.specials().get(id);
    }
    return names;
  }
}
