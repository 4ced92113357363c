package org.kindling.corpus;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CorruptFileException;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/** Reads {@code .bin} files one after the other through {@link PageCache}. */
final class PagedTokenReader implements TokenReader {
  private final String name;
  private final List<Part> parts;
  private final TokenType type;
  private final int vocabulary;
  private final PageCache cache;
  private final long[] starts;
  private final OpenFiles files;

  /**
   * A file of tokens and what its manifest says of it.
   *
   * @param name in the cache: path and checksum, so that a replaced file is another file
   */
  record Part(Path bin, FileChecksum checksum, String name) {
    Part(Path bin, FileChecksum checksum) {
      this(bin, checksum, bin + " " + checksum.crc32c());
    }
  }

  PagedTokenReader(
      Storage storage,
      String name,
      List<Part> parts,
      TokenType type,
      int vocabulary,
      PageCache cache) {
    this.files = new OpenFiles(storage);
    this.name = name;
    this.parts = List.copyOf(parts);
    this.type = type;
    this.vocabulary = vocabulary;
    this.cache = cache;
    this.starts = new long[parts.size() + 1];
    for (int i = 0; i < parts.size(); i++) {
      starts[i + 1] = starts[i] + parts.get(i).checksum().sizeBytes() / type.bytes();
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long tokens() {
    return starts[parts.size()];
  }

  @Override
  public void read(long position, int[] target, int offset, int length) throws IOException {
    if (position < 0 || length < 0 || position > tokens() - length) {
      throw new IllegalArgumentException(
          name + ": has " + tokens() + " tokens, asked for " + length + " from " + position);
    }
    int done = 0;
    int part = partOf(position);
    while (done < length) {
      long at = position + done;
      while (at >= starts[part + 1]) {
        part++;
      }
      int wanted = (int) Math.min(length - done, starts[part + 1] - at);
      done += readFromPage(part, at - starts[part], target, offset + done, wanted);
    }
  }

  private int partOf(long position) {
    int found = Arrays.binarySearch(starts, position);
    return found >= 0 ? Math.min(found, parts.size() - 1) : -found - 2;
  }

  /** Copies up to the end of the page; answers how many tokens that were. */
  private int readFromPage(int part, long token, int[] target, int offset, int wanted)
      throws IOException {
    long byteAt = token * type.bytes();
    long number = byteAt / PageCache.PAGE_BYTES;
    byte[] page = page(parts.get(part), number);
    int within = (int) (byteAt - number * PageCache.PAGE_BYTES);
    int count = Math.min(wanted, (page.length - within) / type.bytes());
    type.decode(page, within, target, offset, count);
    return count;
  }

  private byte[] page(Part part, long number) throws IOException {
    return cache.get(new PageCache.Key(part.name(), number), () -> load(part, number));
  }

  private byte[] load(Part part, long number) throws IOException {
    long from = number * PageCache.PAGE_BYTES;
    int size = (int) Math.min(PageCache.PAGE_BYTES, part.checksum().sizeBytes() - from);
    byte[] page = new byte[size];
    try {
      files.get(part.bin()).readFully(from, page);
    } catch (java.io.EOFException e) {
      throw new CorruptFileException(
          part.bin().toString(),
          from,
          "expected " + part.checksum().sizeBytes() + " bytes; the file is truncated");
    }
    checkVocabulary(part, from, page);
    return page;
  }

  /** Once a page: a token outside the vocabulary would read beyond a table further on. */
  private void checkVocabulary(Part part, long from, byte[] page) throws IOException {
    int[] tokens = new int[page.length / type.bytes()];
    type.decode(page, 0, tokens, 0, tokens.length);
    for (int i = 0; i < tokens.length; i++) {
      if (tokens[i] < 0 || tokens[i] >= vocabulary) {
        throw new CorruptFileException(
            part.bin().toString(),
            from + (long) i * type.bytes(),
            "expected a token from 0 to "
                + (vocabulary - 1)
                + ", found "
                + tokens[i]
                + "; the file is damaged or of another tokenizer");
      }
    }
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
