package org.kindling.tokenizer;

import java.util.Objects;
import org.kindling.storage.Sha256;

/**
 * What all tokenizers share: the ways to give text, special tokens, the hash, computed once, and
 * the error for an unknown id.
 */
abstract class WrittenTokenizer implements Tokenizer {
  private static final ThreadLocal<TokenBuffer> BUFFERS = ThreadLocal.withInitial(TokenBuffer::new);

  // Writing the JSON of the large encodings takes a second; a race computes the same value twice.
  private volatile String hash;
  private volatile SpecialFinder specialFinder;

  /**
   * Appends the tokens of ordinary text.
   *
   * @param utf8 valid UTF-8
   * @param tokensBefore tokens of the text before {@code from}, for messages
   */
  abstract void append(byte[] utf8, int from, int to, long tokensBefore, TokenBuffer out);

  /**
   * Where a text that goes on beyond {@code to} can be cut so that its parts have the tokens of the
   * whole: the last such place after {@code from}, or {@code from} if there is none.
   *
   * @param utf8 valid UTF-8
   * @param from where the text or one of those parts begins
   */
  abstract int lastCut(byte[] utf8, int from, int to);

  /**
   * Appends the first tokens of a text that {@link #lastCut} cannot cut, if it is the same kind of
   * character throughout.
   *
   * @return where the text begins of which the other tokens can be had; {@code from} if nothing was
   *     appended
   */
  int appendRun(byte[] utf8, int from, int to, TokenBuffer out) {
    return from;
  }

  @Override
  public final int[] encode(String text) {
    byte[] utf8 = Utf8.encode(text);
    TokenBuffer out = BUFFERS.get();
    out.clear();
    append(utf8, 0, utf8.length, 0, out);
    int[] ids = out.toArray();
    out.clear();
    return ids;
  }

  @Override
  public final int encode(
      byte[] utf8, int from, int to, SpecialTokens specialTokens, TokenBuffer out) {
    Objects.checkFromToIndex(from, to, utf8.length);
    Utf8.requireWellFormed(utf8, from, to, 0);
    int before = out.size();
    int rest = appendSpecials(utf8, from, to, specialTokens, 0, 0, out);
    append(utf8, rest, to, out.size() - before, out);
    return out.size() - before;
  }

  /**
   * Appends everything up to the last special token and that token.
   *
   * @param offset of {@code from} in the document, for messages
   * @return where the text after it begins; {@code from} if there is none
   */
  final int appendSpecials(
      byte[] utf8,
      int from,
      int to,
      SpecialTokens rule,
      long offset,
      long tokensBefore,
      TokenBuffer out) {
    int start = from;
    if (rule == SpecialTokens.ORDINARY) {
      return start;
    }
    SpecialFinder finder = specialFinder();
    int before = out.size();
    for (int at = finder.find(utf8, start, to); at < to; at = finder.find(utf8, start, to)) {
      int special = finder.indexAt(utf8, at, to);
      if (rule == SpecialTokens.REFUSE) {
        throw new IllegalArgumentException(
            "text, byte "
                + (offset + at - from)
                + ": found the special token "
                + finder.text(special)
                + ", which is refused in text; choose --special-tokens ordinary to encode its"
                + " characters, or allow to encode it as the token");
      }
      append(utf8, start, at, tokensBefore + out.size() - before, out);
      out.add(finder.id(special));
      start = at + finder.length(special);
    }
    return start;
  }

  final SpecialFinder specialFinder() {
    if (specialFinder == null) {
      specialFinder = new SpecialFinder(specialTokens());
    }
    return specialFinder;
  }

  @Override
  public final StreamingEncoder streaming(SpecialTokens specialTokens) {
    return new StreamingEncoder(this, specialTokens);
  }

  @Override
  public final String hash() {
    if (hash == null) {
      hash = Sha256.of(toJson());
    }
    return hash;
  }

  final IllegalArgumentException unknownId(int id, int position) {
    return new IllegalArgumentException(
        "token "
            + position
            + ": id "
            + id
            + " is not in the vocabulary of "
            + vocabulary()
            + " entries of the "
            + kind()
            + " tokenizer; decode with the tokenizer that encoded it");
  }

  @Override
  public String toString() {
    return kind() + " tokenizer of " + vocabulary() + " entries";
  }
}
