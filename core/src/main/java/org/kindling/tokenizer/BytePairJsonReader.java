package org.kindling.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads a {@code tokenizer.json} with a byte-level {@code BPE} model, Kindling's own or another's,
 * and refuses what it could not reproduce exactly.
 */
final class BytePairJsonReader {
  private static final int LARGEST_ID = PieceCache.LARGEST_ID;

  private final JsonNode root;
  private final JsonNode model;
  private final SortedMap<Integer, String> specials = new TreeMap<>();
  private final Map<String, Integer> ids = new HashMap<>();

  private BytePairJsonReader(JsonNode root) {
    this.root = root;
    this.model = root.path("model");
  }

  /**
   * @throws IllegalArgumentException naming the part of the file that cannot be reproduced
   */
  static BytePairVocabulary read(JsonNode root) {
    BytePairJsonReader reader = new BytePairJsonReader(root);
    reader.refuseUnsupported();
    reader.readSpecials();
    byte[][] tokens = reader.readTokens();
    return new BytePairVocabulary(
        tokens,
        reader.readMerges(tokens),
        reader.specials,
        reader.readSplitting(),
        reader.model.path("ignore_merges").asBoolean());
  }

  private void refuseUnsupported() {
    requireAbsent("normalizer", root.path("normalizer"));
    requireAbsent("model.dropout", model.path("dropout"));
    requireAbsent("model.continuing_subword_prefix", model.path("continuing_subword_prefix"));
    requireAbsent("model.end_of_word_suffix", model.path("end_of_word_suffix"));
    requireAbsent("model.byte_fallback", model.path("byte_fallback"));
  }

  private static void requireAbsent(String where, JsonNode value) {
    boolean absent =
        value.isMissingNode()
            || value.isNull()
            || (value.isBoolean() && !value.asBoolean())
            || (value.isTextual() && value.asText().isEmpty())
            || (value.isNumber() && value.asDouble() == 0);
    if (!absent) {
      throw new IllegalArgumentException(
          where + ": found " + value + ", expected none; use a plain byte-level BPE tokenizer");
    }
  }

  private void readSpecials() {
    for (JsonNode token : root.path("added_tokens")) {
      String content = token.path("content").asText();
      if (!token.path("special").asBoolean()) {
        throw new IllegalArgumentException(
            "added_tokens: \""
                + content
                + "\" is not special, so it would be cut out of ordinary text, which is not"
                + " supported; use a tokenizer whose added tokens are all special");
      }
      specials.put(checkedId("added_tokens", content, token.path("id")), content);
    }
  }

  private static int checkedId(String where, String token, JsonNode value) {
    int id = value.asInt(-1);
    if (!value.isInt() || id < 0 || id > LARGEST_ID) {
      throw new IllegalArgumentException(
          where
              + ": \""
              + token
              + "\" has the id "
              + value
              + ", expected a whole number from 0 to "
              + LARGEST_ID);
    }
    return id;
  }

  private byte[][] readTokens() {
    int largest = -1;
    for (Iterator<Map.Entry<String, JsonNode>> i = model.path("vocab").fields(); i.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = i.next();
      int id = checkedId("model.vocab", entry.getKey(), entry.getValue());
      ids.put(entry.getKey(), id);
      largest = Math.max(largest, id);
    }
    byte[][] tokens = new byte[largest + 1][];
    for (Map.Entry<String, Integer> entry : ids.entrySet()) {
      int id = entry.getValue();
      if (entry.getKey().equals(specials.get(id))) {
        continue;
      }
      if (tokens[id] != null || specials.containsKey(id)) {
        throw new IllegalArgumentException("model.vocab: two tokens have the id " + id);
      }
      tokens[id] = bytesOf(entry.getKey());
    }
    requireAllBytes();
    return tokens;
  }

  private static byte[] bytesOf(String token) {
    byte[] bytes = ByteAlphabet.read(token);
    if (bytes == null || bytes.length == 0) {
      throw new IllegalArgumentException(
          "model.vocab: \""
              + token
              + "\" is not written in the byte-level alphabet; only byte-level BPE, like GPT-2's,"
              + " is supported");
    }
    return bytes;
  }

  private void requireAllBytes() {
    for (int b = 0; b < 256; b++) {
      String name = ByteAlphabet.write(new byte[] {(byte) b});
      if (!ids.containsKey(name)) {
        throw new IllegalArgumentException(
            "model.vocab: no token for the byte "
                + b
                + " (\""
                + name
                + "\"), so some text could not be encoded; train it with the whole byte-level"
                + " alphabet");
      }
    }
  }

  private long[] readMerges(byte[][] tokens) {
    JsonNode list = model.path("merges");
    long[] merges = new long[list.size()];
    for (int rank = 0; rank < merges.length; rank++) {
      JsonNode merge = list.get(rank);
      String[] parts =
          merge.isArray() && merge.size() == 2
              ? new String[] {merge.get(0).asText(), merge.get(1).asText()}
              : merge.asText().split(" ", -1);
      if (parts.length != 2) {
        throw new IllegalArgumentException(
            "model.merges, entry " + rank + ": expected two tokens, found " + merge);
      }
      int left = idOf(parts[0], rank);
      int right = idOf(parts[1], rank);
      int merged = idOf(parts[0] + parts[1], rank);
      if (tokens[left] == null || tokens[right] == null || tokens[merged] == null) {
        throw new IllegalArgumentException(
            "model.merges, entry " + rank + ": " + merge + " merges a special token");
      }
      merges[rank] = BytePairVocabulary.pair(left, right);
    }
    return merges;
  }

  private int idOf(String token, int rank) {
    Integer id = ids.get(token);
    if (id == null) {
      throw new IllegalArgumentException(
          "model.merges, entry " + rank + ": \"" + token + "\" is not in model.vocab");
    }
    return id;
  }

  private Splitting readSplitting() {
    JsonNode first = root.path("pre_tokenizer");
    if (isByteLevel(first) && first.path("use_regex").asBoolean(true)) {
      return Splitting.GPT2;
    }
    JsonNode steps = first.path("pretokenizers");
    if (steps.size() == 2
        && keepsMatches(steps.get(0))
        && isByteLevel(steps.get(1))
        && !steps.get(1).path("use_regex").asBoolean(true)) {
      String regex = steps.get(0).path("pattern").path("Regex").asText();
      for (Splitting known : Splitting.values()) {
        if (known.regex().equals(regex)) {
          return known;
        }
      }
    }
    throw new IllegalArgumentException(
        "pre_tokenizer: expected ByteLevel with add_prefix_space false and use_regex true, like"
            + " GPT-2's, or a Split by the pattern of gpt2, cl100k_base or o200k_base before"
            + " ByteLevel with use_regex false, found "
            + first);
  }

  private static boolean isByteLevel(JsonNode step) {
    return step.path("type").asText().equals("ByteLevel")
        && !step.path("add_prefix_space").asBoolean(true);
  }

  /** The patterns match all text, so dropping what is between matches drops nothing. */
  private static boolean keepsMatches(JsonNode split) {
    String behavior = split.path("behavior").asText();
    boolean invert = split.path("invert").asBoolean();
    return split.path("type").asText().equals("Split")
        && (invert ? behavior.equals("Removed") : behavior.equals("Isolated"));
  }
}
