package org.kindling.tokenizer;

import java.util.Arrays;
import java.util.Objects;

/**
 * Encodes a document that comes in chunks: the tokens are those of the whole document encoded at
 * once, wherever the chunks end, even within a character.
 *
 * <p>Bytes are held until what follows can no longer change their tokens: 64 KiB, in text as people
 * write it and in runs of one kind of character, however long. Only where different kinds alternate
 * for longer than that without a place to split (letters and accents, a million times) is more
 * held, up to 64 MiB; beyond that the text is refused. Not thread-safe.
 *
 * <pre>{@code
 * StreamingEncoder encoder = tokenizer.streaming(SpecialTokens.ORDINARY);
 * for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
 *   encoder.feed(chunk, 0, n, out);
 *   writeAndClear(out);
 * }
 * encoder.finish(out);
 * writeAndClear(out);
 * }</pre>
 */
public final class StreamingEncoder {
  private static final int SMALLEST = 1 << 16;
  private static final int LARGEST = 1 << 26;

  private final WrittenTokenizer tokenizer;
  private final SpecialTokens specialTokens;
  private byte[] held = new byte[SMALLEST];
  private int size;
  // Of held[0] in the document.
  private long offset;
  private long tokens;

  StreamingEncoder(WrittenTokenizer tokenizer, SpecialTokens specialTokens) {
    this.tokenizer = tokenizer;
    this.specialTokens = Objects.requireNonNull(specialTokens, "specialTokens");
  }

  /**
   * Takes the next bytes of the document and appends the tokens that are certain by now.
   *
   * @param utf8 is free to be used again afterwards
   * @throws IllegalArgumentException if a byte of the document is not UTF-8, naming its position in
   *     the document; also as {@link Tokenizer#encode(byte[], int, int, SpecialTokens,
   *     TokenBuffer)}, and if more than 64 MiB do not split
   */
  public void feed(byte[] utf8, int from, int to, TokenBuffer out) {
    Objects.checkFromToIndex(from, to, utf8.length);
    int next = from;
    while (next < to) {
      if (size == held.length) {
        drain(out);
      }
      int taken = Math.min(to - next, held.length - size);
      System.arraycopy(utf8, next, held, size, taken);
      size += taken;
      next += taken;
    }
  }

  /** Appends the last tokens of the document; the next bytes fed are another document's. */
  public void finish(TokenBuffer out) {
    Utf8.requireWellFormed(held, 0, size, offset);
    int before = out.size();
    int rest = tokenizer.appendSpecials(held, 0, size, specialTokens, offset, tokens, out);
    tokenizer.append(held, rest, size, tokens + out.size() - before, out);
    reset();
  }

  /** Forgets a document that is not finished. */
  public void reset() {
    size = 0;
    offset = 0;
    tokens = 0;
    if (held.length > SMALLEST) {
      held = new byte[SMALLEST];
    }
  }

  /** How many bytes there is room for now. */
  int capacity() {
    return held.length;
  }

  private void drain(TokenBuffer out) {
    int before = out.size();
    int end = wellFormed();
    int start = 0;
    if (specialTokens != SpecialTokens.ORDINARY) {
      end = tokenizer.specialFinder().openEnd(held, 0, end);
      start = tokenizer.appendSpecials(held, 0, end, specialTokens, offset, tokens, out);
    }
    int cut = tokenizer.lastCut(held, start, end);
    tokenizer.append(held, start, cut, tokens + out.size() - before, out);
    if (cut == 0 && end > 0) {
      cut = tokenizer.appendRun(held, 0, end, out);
    }
    tokens += out.size() - before;
    if (cut == 0) {
      grow();
      return;
    }
    System.arraycopy(held, cut, held, 0, size - cut);
    size -= cut;
    offset += cut;
  }

  /** Where the last character begins that may not be complete, or where the held bytes end. */
  private int wellFormed() {
    int malformed = Utf8.firstMalformed(held, 0, size);
    if (malformed < size - 3) {
      Utf8.requireWellFormed(held, malformed, size, offset + malformed);
    }
    return malformed;
  }

  private void grow() {
    if (held.length == LARGEST) {
      throw new IllegalArgumentException(
          "text, byte "
              + offset
              + ": found more than "
              + LARGEST
              + " bytes without a place to split, such as a space after a letter; leave out this"
              + " document or break the text into lines");
    }
    held = Arrays.copyOf(held, held.length * 2);
  }
}
