package org.kindling.tokenizer;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/** One token per byte of UTF-8, id = byte; 256 is the end of a text. */
final class ByteTokenizer extends WrittenTokenizer {
  static final String KIND = "byte";
  private static final int END_OF_TEXT = 256;
  private static final SortedMap<Integer, String> SPECIALS =
      Collections.unmodifiableSortedMap(
          new TreeMap<>(Map.of(END_OF_TEXT, BytePairVocabulary.END_OF_TEXT)));

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public int vocabulary() {
    return END_OF_TEXT + 1;
  }

  @Override
  public OptionalInt endOfText() {
    return OptionalInt.of(END_OF_TEXT);
  }

  @Override
  public SortedMap<Integer, String> specialTokens() {
    return SPECIALS;
  }

  @Override
  void append(byte[] utf8, int from, int to, long tokensBefore, TokenBuffer out) {
    out.reserve(to - from);
    for (int i = from; i < to; i++) {
      out.ids[out.size++] = utf8[i] & 0xFF;
    }
  }

  @Override
  int lastCut(byte[] utf8, int from, int to) {
    return to;
  }

  @Override
  public byte[] decode(int[] ids) {
    byte[] bytes = new byte[ids.length];
    int length = 0;
    for (int position = 0; position < ids.length; position++) {
      int id = ids[position];
      if (id < 0 || id > END_OF_TEXT) {
        throw unknownId(id, position);
      }
      if (id != END_OF_TEXT) {
        bytes[length++] = (byte) id;
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  @Override
  public String toJson() {
    return BytePairJson.write(vocabularyOfBytes());
  }

  /** Byte pairs without any pair, which is how the file format can say "bytes". */
  static BytePairVocabulary vocabularyOfBytes() {
    byte[][] tokens = new byte[END_OF_TEXT + 1][];
    for (int b = 0; b < END_OF_TEXT; b++) {
      tokens[b] = new byte[] {(byte) b};
    }
    return BytePairVocabulary.of(tokens, new long[0], Splitting.GPT2)
        .withSpecial(END_OF_TEXT, BytePairVocabulary.END_OF_TEXT);
  }
}
