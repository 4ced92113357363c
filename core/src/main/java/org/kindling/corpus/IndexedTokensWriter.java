package org.kindling.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.fs.Path;
import org.kindling.storage.CommittedOutput;
import org.kindling.storage.FileChecksum;
import org.kindling.storage.Storage;

/**
 * Writes one token shard, {@code NAME.bin} and {@code NAME.idx}, in Megatron-LM's indexed format.
 * Neither file is visible before {@link #commit}; memory does not grow with the number of
 * documents. Not thread-safe.
 *
 * <pre>{@code
 * try (var writer = new IndexedTokensWriter(storage, directory, "part", TokenType.U16)) {
 *   writer.append(new int[] {1, 2, 3}, 3);
 *   writer.append(new int[] {4, 5}, 2);
 *   writer.commit(); // part.bin has 10 bytes, part.idx has 82
 * }
 * }</pre>
 *
 * <p>{@code .bin} is the tokens, little-endian and without padding. {@code .idx} is:
 *
 * <table>
 * <caption>S sequences, D documents; Kindling writes one sequence a document</caption>
 * <tr><td>0</td><td>9 bytes</td><td>{@code MMIDIDX\0\0}</td></tr>
 * <tr><td>9</td><td>u64</td><td>version, 1</td></tr>
 * <tr><td>17</td><td>u8</td><td>type of tokens: 4 i32, 8 u16 (others: {@link TokenType})</td></tr>
 * <tr><td>18</td><td>u64</td><td>S</td></tr>
 * <tr><td>26</td><td>u64</td><td>D + 1</td></tr>
 * <tr><td>34</td><td>S times i32</td><td>lengths of sequences in tokens</td></tr>
 * <tr><td>34 + 4S</td><td>S times i64</td><td>where sequences start in {@code .bin}, bytes</td></tr>
 * <tr><td>34 + 12S</td><td>D + 1 times i64</td><td>first sequence of each document; last: S</td></tr>
 * </table>
 *
 * @see <a
 *     href="https://github.com/NVIDIA/Megatron-LM/blob/main/megatron/core/datasets/indexed_dataset.py">Megatron-LM's
 *     indexed_dataset.py</a>
 */
public final class IndexedTokensWriter implements Closeable {
  private static final int CHUNK_TOKENS = 1 << 14;

  private final Storage storage;
  private final Path indexFile;
  private final TokenType type;
  private final CommittedOutput bin;
  private final LengthLog lengths;
  private final byte[] chunk;
  private long tokens;
  private long documentTokens;

  public IndexedTokensWriter(Storage storage, Path directory, String name, TokenType type)
      throws IOException {
    this.storage = storage;
    this.indexFile = new Path(directory, name + ".idx");
    this.type = type;
    this.chunk = new byte[CHUNK_TOKENS * type.bytes()];
    this.lengths = new LengthLog(storage, new Path(directory, "." + name + ".lengths"));
    this.bin = storage.createInExisting(new Path(directory, name + ".bin"));
  }

  /**
   * What was written.
   *
   * @param bin size and checksum of the tokens
   * @param idx size and checksum of the index
   */
  public record Files(FileChecksum bin, FileChecksum idx) {}

  /** Adds the first {@code length} of the given tokens as one document. */
  public void append(int[] document, int length) throws IOException {
    if (length < 1 || length > document.length) {
      throw new IllegalArgumentException(
          indexFile + ": a document has 1 to " + document.length + " tokens, not " + length);
    }
    for (int from = 0; from < length; from += CHUNK_TOKENS) {
      int count = Math.min(CHUNK_TOKENS, length - from);
      type.encode(document, from, count, chunk);
      appendEncoded(chunk, count * type.bytes());
    }
    endDocument();
  }

  /** Adds tokens, stored as {@link TokenType} says, to the current document. */
  void appendEncoded(byte[] encoded, int bytes) throws IOException {
    bin.write(encoded, 0, bytes);
    documentTokens += bytes / type.bytes();
  }

  /** Ends the current document, which has at least one token. */
  void endDocument() throws IOException {
    if (documentTokens < 1 || documentTokens > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a document of "
              + documentTokens
              + " tokens: the format allows 1 to "
              + Integer.MAX_VALUE
              + "; split the document");
    }
    lengths.add((int) documentTokens);
    tokens += documentTokens;
    documentTokens = 0;
  }

  /** Documents so far. */
  public long documents() {
    return lengths.count();
  }

  /** Tokens so far. */
  public long tokens() {
    return tokens;
  }

  /** Makes both files visible, the index last. */
  public Files commit() throws IOException {
    if (lengths.count() == 0) {
      throw new IllegalStateException(indexFile + ": a shard needs at least one document");
    }
    FileChecksum binChecksum = bin.commit();
    try (CommittedOutput idx = storage.createInExisting(indexFile)) {
      writeIndex(idx);
      return new Files(binChecksum, idx.commit());
    }
  }

  private void writeIndex(CommittedOutput idx) throws IOException {
    long sequences = lengths.count();
    ByteBuffer header = ByteBuffer.allocate(IndexLayout.HEADER_BYTES);
    header.order(ByteOrder.LITTLE_ENDIAN).put(IndexLayout.MAGIC).putLong(IndexLayout.VERSION);
    header.put((byte) type.code()).putLong(sequences).putLong(sequences + 1);
    idx.write(header.array(), 0, header.capacity());
    LittleEndian out = new LittleEndian(idx);
    lengths.forEach(out::putInt);
    long[] offset = {0};
    lengths.forEach(
        length -> {
          out.putLong(offset[0]);
          offset[0] += (long) length * type.bytes();
        });
    for (long document = 0; document <= sequences; document++) {
      out.putLong(document);
    }
    out.flush();
  }

  @Override
  public void close() throws IOException {
    try (lengths) {
      bin.close();
    }
  }

  /** Gathers numbers into chunks, since the output below works fastest on whole arrays. */
  private static final class LittleEndian {
    private final CommittedOutput out;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

    LittleEndian(CommittedOutput out) {
      this.out = out;
    }

    void putInt(int value) throws IOException {
      if (buffer.remaining() < Integer.BYTES) {
        flush();
      }
      buffer.putInt(value);
    }

    void putLong(long value) throws IOException {
      if (buffer.remaining() < Long.BYTES) {
        flush();
      }
      buffer.putLong(value);
    }

    void flush() throws IOException {
      out.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
  }
}
