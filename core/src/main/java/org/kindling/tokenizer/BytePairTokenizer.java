package org.kindling.tokenizer;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * Byte-level byte pairs: learned by {@link BytePairTrainer}, read from another's {@code
 * tokenizer.json}, or one of {@link TiktokenEncoding}'s.
 *
 * <p>Memory: at most 100 bytes an entry for all threads together, 5 MB for gpt2, 10 MB for
 * cl100k_base, 19 MB for o200k_base; and the caches of a {@link PieceEncoder} for each thread that
 * encodes.
 */
final class BytePairTokenizer extends WrittenTokenizer {
  static final String KIND = "bpe";

  private final String kind;
  private final BytePairVocabulary vocabulary;
  private final ThreadLocal<PieceEncoder> encoders;

  BytePairTokenizer(BytePairVocabulary vocabulary) {
    this(KIND, vocabulary, new TokenIds(vocabulary.tokens()));
  }

  private BytePairTokenizer(String kind, BytePairVocabulary vocabulary, TokenIds ids) {
    this(kind, vocabulary, ids, mergeTable(vocabulary, ids));
  }

  private BytePairTokenizer(
      String kind, BytePairVocabulary vocabulary, TokenIds ids, MergeTable table) {
    this(
        kind,
        vocabulary,
        table,
        vocabulary.wholePiecesFirst() || mergeToThemselves(vocabulary, table) ? ids : null);
  }

  /**
   * @param table of the vocabulary's merges
   * @param wholePieces see {@link PieceEncoder}
   */
  BytePairTokenizer(
      String kind, BytePairVocabulary vocabulary, MergeTable table, TokenIds wholePieces) {
    this.kind = kind;
    this.vocabulary = vocabulary;
    Joints joints = Joints.of(vocabulary.tokens(), vocabulary.merges(), table);
    PieceCache cache = PieceCache.of(wholePieces == null ? new byte[0][] : vocabulary.tokens());
    this.encoders =
        ThreadLocal.withInitial(
            () ->
                new PieceEncoder(
                    vocabulary.splitting(),
                    new PieceMerger(table, vocabulary.tokens()),
                    wholePieces,
                    joints,
                    cache.copy()));
  }

  private static MergeTable mergeTable(BytePairVocabulary vocabulary, TokenIds ids) {
    byte[][] tokens = vocabulary.tokens();
    long[] merges = vocabulary.merges();
    MergeTable table = new MergeTable(merges.length);
    for (int rank = 0; rank < merges.length; rank++) {
      byte[] left = tokens[BytePairVocabulary.left(merges[rank])];
      byte[] right = tokens[BytePairVocabulary.right(merges[rank])];
      byte[] both = Arrays.copyOf(left, left.length + right.length);
      System.arraycopy(right, 0, both, left.length, right.length);
      table.put(merges[rank], rank, ids.find(both, 0, both.length), both);
    }
    return table;
  }

  /** Whether merging the bytes of a token gives that token, so that it can be looked up instead. */
  private static boolean mergeToThemselves(BytePairVocabulary vocabulary, MergeTable table) {
    byte[][] tokens = vocabulary.tokens();
    PieceMerger merger = new PieceMerger(table, tokens);
    TokenBuffer merged = new TokenBuffer();
    for (int id = 0; id < tokens.length; id++) {
      if (tokens[id] == null) {
        continue;
      }
      merged.size = 0;
      merger.merge(tokens[id], 0, tokens[id].length, merged);
      if (merged.size != 1 || merged.ids[0] != id) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public int vocabulary() {
    return vocabulary.size();
  }

  @Override
  public OptionalInt endOfText() {
    return vocabulary.endOfText();
  }

  @Override
  public SortedMap<Integer, String> specialTokens() {
    return vocabulary.specials();
  }

  @Override
  void append(byte[] utf8, int from, int to, long tokensBefore, TokenBuffer out) {
    encoders.get().encode(utf8, from, to, out);
  }

  @Override
  int lastCut(byte[] utf8, int from, int to) {
    return vocabulary.splitting().lastCut(utf8, from, to);
  }

  @Override
  int appendRun(byte[] utf8, int from, int to, TokenBuffer out) {
    if (!vocabulary.splitting().isRun(utf8, from, to)) {
      return from;
    }
    // The last character may yet be the first of the next piece: white space before a word.
    int last = to - 1;
    while ((utf8[last] & 0xC0) == 0x80) {
      last--;
    }
    return encoders.get().encodeBeginning(utf8, from, last, out);
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
  String writeJson() {
    return BytePairJson.write(vocabulary);
  }
}
