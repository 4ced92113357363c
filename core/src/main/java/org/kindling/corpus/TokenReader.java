package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;

/**
 * The tokens of a split, or of one shard, as one long row that can be read at any position. A
 * reader belongs to one thread; what it has read is cached for all readers of the process.
 */
public interface TokenReader extends Closeable {
  /** What is read, as an error should name it: {@code split train of /data/shakespeare}. */
  String name();

  /** Number of tokens. */
  long tokens();

  /**
   * Copies {@code length} tokens that start at {@code position} to {@code target}, from {@code
   * offset} on.
   *
   * @throws IllegalArgumentException if that many tokens are not there
   * @throws org.kindling.storage.CorruptFileException if a token is not in the vocabulary
   */
  void read(long position, int[] target, int offset, int length) throws IOException;

  /** Whether documents are one text to whoever reads, or kept apart. */
  default DocumentMode documents() {
    return DocumentMode.JOIN;
  }

  /**
   * Finds the tokens of a range that begin a document; none where documents are joined.
   *
   * @param from first token of the range
   * @param to first token after it
   * @param places receives the tokens' distances from {@code from}, ascending; at least to − from
   *     long
   * @return how many there are
   * @throws org.kindling.storage.CorruptFileException if the index of a shard does not say
   */
  default int documentStarts(long from, long to, int[] places) throws IOException {
    return 0;
  }
}
