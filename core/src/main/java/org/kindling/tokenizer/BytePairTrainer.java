package org.kindling.tokenizer;

import java.util.Arrays;

/**
 * Learns byte pairs: again and again the most frequent pair of neighbouring tokens becomes a token,
 * of equally frequent ones the pair with the smaller ids. The merges are those of HuggingFace's
 * {@code BpeTrainer}. Deterministic; each merge touches only the pieces that hold the pair.
 *
 * <p>Ids: the 256 bytes in the order of {@link ByteAlphabet}, then the merges in order, then {@code
 * <|endoftext|>}.
 *
 * @see <a href="https://aclanthology.org/P16-1162/">Sennrich et al. 2016</a>
 */
public final class BytePairTrainer {
  /** All bytes and the end of text: no merges. */
  public static final int SMALLEST_VOCABULARY = 257;

  private static final int BYTES = 256;

  private final PieceCounts corpus;
  private final byte[][] tokens;
  private final long[] merges;
  private final PairQueue pairs = new PairQueue();
  // The tokens of all pieces; piece i is symbols[corpus.start(i)] and lengths[i] - 1 more.
  private final int[] symbols;
  private final int[] lengths;
  private int tokenCount;

  private BytePairTrainer(PieceCounts corpus, int vocabulary) {
    this.corpus = corpus;
    this.tokens = new byte[vocabulary - 1][];
    this.merges = new long[vocabulary - SMALLEST_VOCABULARY];
    this.symbols = new int[corpus.totalBytes()];
    this.lengths = new int[corpus.size()];
  }

  /**
   * A tokenizer of exactly {@code vocabulary} entries.
   *
   * @param corpus the counted pieces of all training text
   * @throws IllegalArgumentException if the vocabulary is too small or too large, if there is no
   *     text, or if all pieces have become single tokens before there are so many entries; says how
   *     many there could be
   */
  public static Tokenizer train(PieceCounts corpus, int vocabulary) {
    requireVocabulary(vocabulary);
    if (corpus.size() == 0) {
      throw new IllegalArgumentException(
          "training text: found no characters; give a corpus with text in it");
    }
    BytePairTrainer trainer = new BytePairTrainer(corpus, vocabulary);
    trainer.start();
    trainer.learn();
    return new BytePairTokenizer(
        BytePairVocabulary.of(trainer.tokens, trainer.merges, Splitting.GPT2)
            .withSpecial(vocabulary - 1, BytePairVocabulary.END_OF_TEXT));
  }

  /**
   * @throws IllegalArgumentException if byte pairs cannot have a vocabulary of this size
   */
  public static void requireVocabulary(int vocabulary) {
    if (vocabulary < SMALLEST_VOCABULARY || vocabulary > PieceCache.LARGEST_ID + 1) {
      throw new IllegalArgumentException(
          "vocabulary: expected "
              + SMALLEST_VOCABULARY
              + " (256 bytes and the end of text) to "
              + (PieceCache.LARGEST_ID + 1)
              + " entries, found "
              + vocabulary);
    }
  }

  private void start() {
    int[] idOfByte = new int[256];
    for (int b : ByteAlphabet.bytesInOrder()) {
      idOfByte[b] = newToken(new byte[] {(byte) b});
    }
    for (int i = 0; i < symbols.length; i++) {
      symbols[i] = idOfByte[corpus.byteAt(i) & 0xFF];
    }
    for (int piece = 0; piece < lengths.length; piece++) {
      int start = corpus.start(piece);
      lengths[piece] = corpus.start(piece + 1) - start;
      for (int i = start; i + 1 < start + lengths[piece]; i++) {
        pairs.add(BytePairVocabulary.pair(symbols[i], symbols[i + 1]), corpus.count(piece), piece);
      }
    }
  }

  private void learn() {
    while (tokenCount < tokens.length) {
      int index = pairs.poll();
      if (index < 0) {
        throw new IllegalArgumentException(
            "vocabulary: found "
                + (tokens.length + 1)
                + ", but after "
                + (tokenCount - BYTES)
                + " merges every piece of the corpus is one token; use at most "
                + (tokenCount + 1)
                + " or a larger corpus");
      }
      long pair = pairs.pair(index);
      int merged = newToken(BytePairVocabulary.left(pair), BytePairVocabulary.right(pair));
      merges[merged - BYTES] = pair;
      for (int piece : pairs.pieces(index)) {
        replace(piece, pair, merged);
      }
      pairs.clear(index);
    }
  }

  /**
   * A token of both tokens' bytes. No token has these bytes yet: where neighbours add up to a known
   * token no merge has crossed its ends, so they would have become that token when it was learned.
   */
  private int newToken(int left, int right) {
    byte[] bytes = Arrays.copyOf(tokens[left], tokens[left].length + tokens[right].length);
    System.arraycopy(tokens[right], 0, bytes, tokens[left].length, tokens[right].length);
    return newToken(bytes);
  }

  private int newToken(byte[] bytes) {
    tokens[tokenCount] = bytes;
    return tokenCount++;
  }

  /** Puts the merged token for each pair of a piece, from the left, and recounts its neighbours. */
  private void replace(int piece, long pair, int merged) {
    int left = BytePairVocabulary.left(pair);
    int right = BytePairVocabulary.right(pair);
    long count = corpus.count(piece);
    int start = corpus.start(piece);
    int end = start + lengths[piece];
    int to = start;
    for (int from = start; from < end; ) {
      if (from + 1 == end || symbols[from] != left || symbols[from + 1] != right) {
        symbols[to++] = symbols[from++];
        continue;
      }
      if (to > start) {
        int before = symbols[to - 1];
        pairs.subtract(BytePairVocabulary.pair(before, left), count);
        pairs.add(BytePairVocabulary.pair(before, merged), count, piece);
      }
      if (from + 2 < end) {
        int after = symbols[from + 2];
        pairs.subtract(BytePairVocabulary.pair(right, after), count);
        pairs.add(BytePairVocabulary.pair(merged, after), count, piece);
      }
      symbols[to++] = merged;
      from += 2;
    }
    lengths[piece] = to - start;
  }
}
