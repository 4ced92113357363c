package org.kindling.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * One token per character (Unicode code point), ids in ascending order of code points. It has no
 * end-of-text token and no token for unknown characters.
 *
 * <pre>{@code
 * Tokenizer t = CharacterTokenizer.train(new CodePoints().add("cab"));
 * t.encode("abc"); // [0, 1, 2]
 * }</pre>
 */
public final class CharacterTokenizer extends WrittenTokenizer {
  static final String KIND = "char";

  private final int[] codePoints;
  private final Map<Integer, Integer> ids;

  /**
   * @param codePoints by id; no duplicates
   */
  CharacterTokenizer(int[] codePoints) {
    this.codePoints = codePoints.clone();
    this.ids = new HashMap<>(codePoints.length * 2);
    for (int id = 0; id < codePoints.length; id++) {
      if (ids.put(codePoints[id], id) != null) {
        throw new IllegalArgumentException(
            "vocabulary: the character " + describe(codePoints[id]) + " has two ids");
      }
    }
  }

  /**
   * The tokenizer of exactly the characters seen.
   *
   * @throws IllegalArgumentException if none were
   */
  public static CharacterTokenizer train(CodePoints seen) {
    if (seen.isEmpty()) {
      throw new IllegalArgumentException(
          "training text: found no characters; give a corpus with text in it");
    }
    return new CharacterTokenizer(seen.toArray());
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public int vocabulary() {
    return codePoints.length;
  }

  @Override
  public OptionalInt endOfText() {
    return OptionalInt.empty();
  }

  @Override
  public SortedMap<Integer, String> specialTokens() {
    return Collections.emptySortedMap();
  }

  @Override
  void append(byte[] utf8, int from, int to, long tokensBefore, TokenBuffer out) {
    long position = tokensBefore;
    for (int i = from; i < to; i += Utf8.width(utf8[i])) {
      int codePoint = utf8[i] >= 0 ? utf8[i] : Utf8.codePoint(utf8, i);
      Integer id = ids.get(codePoint);
      if (id == null) {
        throw unknown(codePoint, position);
      }
      out.add(id);
      position++;
    }
  }

  @Override
  int lastCut(byte[] utf8, int from, int to) {
    return to;
  }

  private IllegalArgumentException unknown(int codePoint, long position) {
    return new IllegalArgumentException(
        "text, character "
            + position
            + ": "
            + describe(codePoint)
            + " is not among the "
            + codePoints.length
            + " characters this tokenizer was trained on; remove it from the text, train the"
            + " tokenizer on text that has it, or use the byte tokenizer");
  }

  /** {@code U+00E9 'é'}; only the number where there is nothing to see. */
  private static String describe(int codePoint) {
    String number = String.format("U+%04X", codePoint);
    boolean visible =
        switch (Character.getType(codePoint)) {
          case Character.CONTROL,
                  Character.FORMAT,
                  Character.SURROGATE,
                  Character.PRIVATE_USE,
                  Character.UNASSIGNED,
                  Character.LINE_SEPARATOR,
                  Character.PARAGRAPH_SEPARATOR ->
              false;
          default -> true;
        };
    return visible ? number + " '" + Character.toString(codePoint) + "'" : number;
  }

  @Override
  public byte[] decode(int[] tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(tokens.length);
    for (int position = 0; position < tokens.length; position++) {
      int id = tokens[position];
      if (id < 0 || id >= codePoints.length) {
        throw unknownId(id, position);
      }
      bytes.writeBytes(Character.toString(codePoints[id]).getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  @Override
  public String toJson() {
    return CharacterJson.write(codePoints);
  }
}
