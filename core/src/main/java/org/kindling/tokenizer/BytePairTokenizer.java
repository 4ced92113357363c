package org.kindling.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Byte-level byte pairs with GPT-2's splitting: learned by {@link BytePairTrainer}, or read from
 * another's {@code tokenizer.json}. Each thread that encodes holds a cache of about 2 to 4 MB.
 */
final class BytePairTokenizer extends WrittenTokenizer {
  static final String KIND = "bpe";

  private final BytePairVocabulary vocabulary;
  private final OptionalInt endOfText;
  private final ThreadLocal<PieceEncoder> encoders;

  /**
   * @throws IllegalArgumentException if it splits text in another way than GPT-2
   */
  BytePairTokenizer(BytePairVocabulary vocabulary) {
    if (vocabulary.splitting() != Splitting.GPT2) {
      throw new IllegalArgumentException(
          "pre_tokenizer: splits text like "
              + vocabulary.splitting().name().toLowerCase(java.util.Locale.ROOT)
              + "_base but has another vocabulary, which is not supported; use the encoding by its"
              + " name or a tokenizer that splits like GPT-2's");
    }
    this.vocabulary = vocabulary;
    this.endOfText = vocabulary.endOfText();
    MergeTable table = new MergeTable(vocabulary.merges(), mergedTokens(vocabulary));
    int[] byteTokens = byteTokens(vocabulary.tokens());
    Map<String, Integer> wholePieces =
        vocabulary.wholePiecesFirst() ? idsByBytes(vocabulary.tokens()) : Map.of();
    this.encoders =
        ThreadLocal.withInitial(
            () -> new PieceEncoder(new PieceMerger(table, byteTokens), wholePieces));
  }

  private static int[] byteTokens(byte[][] tokens) {
    int[] byteTokens = new int[256];
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] != null && tokens[id].length == 1) {
        byteTokens[tokens[id][0] & 0xFF] = id;
      }
    }
    return byteTokens;
  }

  private static Map<String, Integer> idsByBytes(byte[][] tokens) {
    Map<String, Integer> ids = new HashMap<>(tokens.length * 2);
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] != null) {
        ids.put(new String(tokens[id], StandardCharsets.ISO_8859_1), id);
      }
    }
    return ids;
  }

  private static int[] mergedTokens(BytePairVocabulary vocabulary) {
    byte[][] tokens = vocabulary.tokens();
    Map<String, Integer> ids = idsByBytes(tokens);
    int[] merged = new int[vocabulary.merges().length];
    for (int rank = 0; rank < merged.length; rank++) {
      byte[] left = tokens[BytePairVocabulary.left(vocabulary.merges()[rank])];
      byte[] right = tokens[BytePairVocabulary.right(vocabulary.merges()[rank])];
      merged[rank] =
          ids.get(
              new String(left, StandardCharsets.ISO_8859_1)
                  + new String(right, StandardCharsets.ISO_8859_1));
    }
    return merged;
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public int vocabulary() {
    return vocabulary.size();
  }

  @Override
  public OptionalInt endOfText() {
    return endOfText;
  }

  @Override
  public int[] encode(String text) {
    return encoders.get().encode(Utf8.encode(text));
  }

  @Override
  public byte[] decode(int[] ids) {
    return decode(this, vocabulary, ids);
  }

  /** Concatenates the bytes of tokens. */
  static byte[] decode(WrittenTokenizer tokenizer, BytePairVocabulary vocabulary, int[] ids) {
    byte[][] tokens = vocabulary.tokens();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(ids.length * 4);
    for (int position = 0; position < ids.length; position++) {
      int id = ids[position];
      if (id >= 0 && id < tokens.length && tokens[id] != null) {
        bytes.writeBytes(tokens[id]);
      } else if (!vocabulary.specials().containsKey(id)) {
        throw tokenizer.unknownId(id, position);
      }
    }
    return bytes.toByteArray();
  }

  @Override
  public String toJson() {
    return BytePairJson.write(vocabulary);
  }
}
